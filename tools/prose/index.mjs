#!/usr/bin/env node
// Reads the project's prose for turns that STYLE advises against: `npm run lint:prose [file …]`.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { TextlintKernel } from "@textlint/kernel";
import markdown from "@textlint/textlint-plugin-markdown";
import { plainWords } from "./rule.mjs";
import { proseOf } from "./sources.mjs";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const LINTED = /\.(md|ts|mjs|cjs|js)$/;
/** Generated or recorded files, and lists of the refused words. */
const LEFT_OUT =
  /^(docs\/reference\/|test\/recorded\/|bench\/results|tools\/prose\/vocabulary\.mjs|tools\/prose\/prose\.test\.mjs|schema\.json)/;

/** @returns the findings of a text, as `line: message` */
export async function findings(text) {
  const { messages } = await new TextlintKernel().lintText(text, {
    ext: ".md",
    plugins: [{ pluginId: "markdown", plugin: markdown.default ?? markdown }],
    rules: [{ ruleId: "plain-words", rule: plainWords }],
  });
  return messages.map(({ line, message }) => ({ line, message }));
}

function files() {
  // Without git (in an archive), name the files: lint:prose file …
  return execFileSync("git", ["ls-files", "-co", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
  })
    .split("\n")
    .filter((file) => LINTED.test(file) && !LEFT_OUT.test(file) && existsSync(`${root}/${file}`));
}

async function main(named) {
  let count = 0;
  for (const file of named.length > 0 ? named : files())
    for (const { line, message } of await findings(
      proseOf(named.length > 0 ? file : `${root}/${file}`),
    )) {
      count += 1;
      console.log(`${file}:${line}: ${message}`);
    }
  if (count > 0) {
    console.error(`${count} turns to rewrite`);
    process.exitCode = 1;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
