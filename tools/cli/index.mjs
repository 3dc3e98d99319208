#!/usr/bin/env node
// Makes `dist/command/`: the command line as one file, with oclif and its plugins, and the licences of
// what is in it. The AWS SDK stays outside: an application has it. Made from the sources: of CommonJS a
// bundler leaves out nothing.

import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { sep } from "node:path";
import { fileURLToPath } from "node:url";
import { Plugin } from "@oclif/core/config";
import { build } from "esbuild";
import { licences } from "../plugin/licences.mjs";
import { deferred, onUse } from "./deferred.mjs";
import { buildPage } from "./page.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const require = createRequire(import.meta.url);
const { name, version, description, oclif } = require("../../package.json");

/** Commands that oclif's plugins have, by id: the file of each. */
const foreign = {
  help: "@oclif/plugin-help/lib/commands/help.js",
};

/** oclif's loaders of commands from files: the bundle lists its commands. */
const UNUSED =
  /^(typescript|source-map-support|tinyglobby|minimatch|lilconfig|get-package-type)(\/|$)/;

/** Replacements for packages of which swap needs little, by package. */
const INSTEAD = {
  // Writes a debug log of oclif's steps, which swap does not offer.
  debug: "module.exports = () => Object.assign(() => {}, { enabled: false });",
  // Reads several files at each start to find the platform's name.
  "wsl-utils": `
    exports.isWsl = process.platform === "linux" && /microsoft/i.test(require("node:os").release());
    exports.powerShellPath = async () => "powershell.exe";`,
  // bin/run.js has checked the version of Node.
  semver: "exports.satisfies = () => true;",
  // The help texts name only values, and hold only ASCII: `plain` below checks it.
  ejs: `
    exports.render = (text, values) =>
      text.replace(/<%= ([\\w.]+) %>/g, (_, path) => path.split(".").reduce((from, key) => from[key], values));`,
  "string-width": `
    const { stripVTControlCharacters } = require("node:util");
    module.exports = (text) => stripVTControlCharacters(text).length;`,
  // wrap-ansi takes only this table of it.
  "ansi-styles": `exports.codes = new Map(${JSON.stringify([...require("ansi-styles").codes])});`,
  "cli-spinners": `
    exports.line = { frames: ["-", "\\\\", "|", "/"] };
    exports.dots2 = { frames: [..."⣾⣽⣻⢿⡿⣟⣯⣷"] };`,
};

/** Replacements for files of oclif of which swap needs little, by their paths as regular expressions. */
const OCLIF_INSTEAD = {
  // Finds a plugin's TypeScript sources, which a bundle has not.
  "config.ts-path": "exports.tsPath = async (_root, path) => path;",
  // Loads plugins from folders: src/cli/program.ts has the only one.
  "config.plugin": "exports.Plugin = class {};",
  // Measures oclif's steps, which swap does not offer.
  performance:
    "exports.Performance = { mark() {}, async collect() {}, debug() {} }; exports.OCLIF_MARKER_OWNER = '';",
  // Shows a spinner, which no command of swap starts.
  "ux.action.(simple|spinner)": "exports.default = class { stop() {} };",
  // Colours JSON; SwapCommand prints it plain.
  "ux.colorize-json": "exports.default = (json) => JSON.stringify(json, null, 2);",
};

const fit = {
  name: "fit",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: UNUSED }, ({ path }) => ({ path, namespace: "unused" }));
    onLoad({ filter: /.*/, namespace: "unused" }, () => ({ contents: "" }));
    for (const [name, contents] of Object.entries(INSTEAD)) {
      onResolve({ filter: new RegExp(`^${name}$`) }, ({ path }) => ({ path, namespace: name }));
      onLoad({ filter: /.*/, namespace: name }, () => ({ contents }));
    }
    onLoad({ filter: /[\\/]@oclif[\\/]core[\\/]package\.json$/ }, ({ path }) => {
      const { name, version } = require(path);
      return { contents: JSON.stringify({ name, version }), loader: "json" };
    });
    for (const [file, contents] of Object.entries(OCLIF_INSTEAD))
      onLoad({ filter: new RegExp(`[\\\\/]core[\\\\/]lib[\\\\/]${file}\\.js$`) }, () => ({
        contents: `exports.__esModule = true; ${contents}`,
      }));
    // The index leads to all of oclif, of which this is what `help` takes.
    onResolve({ filter: /^@oclif\/core$/ }, ({ path }) => ({ path, namespace: "oclif" }));
    onLoad({ filter: /.*/, namespace: "oclif" }, () => ({
      contents: `
        export * as Args from "@oclif/core/args";
        export { Command } from "@oclif/core/command";
        export * as Flags from "@oclif/core/flags";
        export { loadHelpClass } from "@oclif/core/help";`,
      resolveDir: root,
    }));
    onLoad({ filter: /[\\/]@oclif[\\/]core[\\/]lib[\\/].*\.js$/ }, ({ path }) => ({
      contents: deferred(readFileSync(path, "utf8")),
      loader: "js",
    }));
  },
};

const program = plain({
  package: { name, version, description, oclif },
  manifest: await manifest(),
});
const { metafile, outputFiles } = await build({
  absWorkingDir: root,
  stdin: { contents: entry(program), resolveDir: root, sourcefile: "command.js" },
  outfile: "dist/command/swap.js",
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node22",
  minify: true,
  legalComments: "none",
  metafile: true,
  write: false,
  logLevel: "warning",
  plugins: [fit, onUse(`${root}src`)],
});
mkdirSync(`${root}dist/command`, { recursive: true });
// bin/run.js reads it as latin1, the form that Node loads fastest; esbuild leaves letters of regular
// expressions as they are.
const text = outputFiles[0].text.replace(
  /[^\0-\x7f]/g,
  (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
);
// The line by which bin/run.js knows compiled code of this build; its length keeps that code aligned.
const hash = createHash("sha256").update(text).digest("hex").slice(0, 60);
writeFileSync(`${root}dist/command/swap.js`, `/*${hash}*/\n${text}`);
const files = [...Object.keys(metafile.inputs), ...(await buildPage(root))];
writeFileSync(`${root}dist/command/LICENCES.txt`, licences(root, files));

/** What help and completion show of each command, as `oclif manifest` would write it. */
async function manifest() {
  const commands = {
    strategy: "explicit",
    target: "./dist/cli/command-loaders.js",
    identifier: "COMMANDS",
  };
  const pjson = { ...require("../../package.json"), oclif: { ...oclif, commands } };
  const ours = new Plugin({ root, pjson, isRoot: true, ignoreManifest: true });
  await ours.load();
  const all = { ...ours.manifest.commands };
  for (const file of readdirSync(`${root}dist/cli/commands`, { recursive: true })) {
    const id = file.replace(/\.js$/, "").split(sep).join(":");
    if (file.endsWith(".js") && !(id in all))
      throw new Error(`src/cli/command-loaders.ts does not list the command ${id}`);
  }
  for (const [id, file] of Object.entries(foreign)) {
    const [scope, plugin] = file.split("/");
    const { commands } = require(`${root}node_modules/${scope}/${plugin}/oclif.manifest.json`);
    all[id] = commands[id];
  }
  for (const command of Object.values(all)) {
    Object.assign(command, { pluginName: name, pluginAlias: name });
    for (const field of ["isESM", "relativePath", "permutations", "aliasPermutations"])
      delete command[field];
  }
  return all;
}

/** Refuses texts that what stands in for ejs and string-width above would show in another way. */
function plain(program) {
  const texts = JSON.stringify(program);
  const [other] = texts.replace(/<%= [\w.]+ %>/g, "").match(/<%.*?%>|[^ -~]/) ?? [];
  if (other !== undefined) throw new Error(`a text of a command holds ${JSON.stringify(other)}`);
  return program;
}

/** A constant as code, in which flags and arguments that several commands have are written once. */
function declared(constant, manifest) {
  const parts = Object.values(manifest).flatMap(({ flags = {}, args = {} }) =>
    [flags, args].flatMap((all) => Object.values(all).map((part) => JSON.stringify(part))),
  );
  const shared = [...new Set(parts.filter((part, index) => parts.indexOf(part) !== index))];
  const text = shared.reduce(
    (code, part, index) => code.replaceAll(part, () => `shared[${index}]`),
    JSON.stringify(manifest),
  );
  return `const shared = [${shared.join(",\n")}];\nconst ${constant} = ${text};`;
}

function entry({ package: pjson, manifest }) {
  const getters = Object.entries(foreign).map(
    ([id, file]) =>
      `get ${JSON.stringify(id)}() { return require("./node_modules/${file}").default; }`,
  );
  return `
import { COMMANDS as own, main as run } from "./src/cli/main";
const foreign = { ${getters.join(", ")} };
const commands = Object.defineProperties({}, {
  ...Object.getOwnPropertyDescriptors(own),
  ...Object.getOwnPropertyDescriptors(foreign),
});
${declared("manifest", manifest)}
const pjson = ${JSON.stringify(pjson)};
export { commands as COMMANDS };
export const main = (argv, root) => run(argv, { root, package: pjson, manifest, commands });
`;
}
