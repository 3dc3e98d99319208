import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { findings } from "./index.mjs";
import { proseOf } from "./sources.mjs";
import { LONGEST_SENTENCE, VOCABULARY } from "./vocabulary.mjs";

/** A sentence with each turn, in the order of the vocabulary. */
const SENTENCES = [
  "It is made anew.",
  "It is kept beside the table.",
  "The failure is let be.",
  "A user is owed one line.",
  "The path is nobody's business.",
  "The version is refused by name.",
  "The caller is told.",
  "The finding tells of a table.",
  "The row tells when.",
  "No row stands for version 1.",
  "It is for whoever reads.",
  "It fails however it ends.",
  "The id, where there is one, is shown.",
  "It has a table of its own.",
  "It is shown on a terminal alone.",
  "The same goes for a row.",
  "The plan has the fates.",
  "That is a hidden leave.",
  "The row is a misfit.",
  "It was a hiccup.",
  "The read vouches for it.",
  "It passes the front.",
  "The run mends it.",
];

test("each turn of the vocabulary is found, with its line and what to write instead", async () => {
  assert.equal(SENTENCES.length, VOCABULARY.length);
  const found = await findings(SENTENCES.join("\n\n"));
  assert.deepEqual(
    found.map(({ line }) => line),
    SENTENCES.map((_, index) => index * 2 + 1),
  );
  for (const [index, { message }] of found.entries())
    assert.ok(message.endsWith(VOCABULARY[index][1]), message);
});

test("code is left out, in a fence and in a line", async () => {
  assert.deepEqual(await findings("```sh\nmade anew\n```\n\nRun `made anew` now.\n"), []);
});

test("a sentence that is too long is found, one of that length is not", async () => {
  const words = (count) => `${Array(count).fill("word").join(" ")}.`;
  assert.deepEqual(await findings(words(LONGEST_SENTENCE)), []);
  assert.equal((await findings(words(LONGEST_SENTENCE + 1))).length, 1);
});

test("of a program comments and texts are read, on their lines", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "pulumi-swap-prose-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "a.ts");
  const code = [
    "/**",
    " * It is made anew.",
    " */",
    "const anew = 1; // kept beside it",
    "",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the text of a program
    "const text = `the table of ${anew} is made anew`;",
    'const path = "anew/beside";',
  ];
  writeFileSync(file, code.join("\n"));
  const found = await findings(proseOf(file));
  assert.deepEqual(
    found.map(({ line, message }) => [line, message.split(":")[0]]),
    [
      [2, '"anew"'],
      [4, '"beside"'],
      [6, '"anew"'],
    ],
  );
});
