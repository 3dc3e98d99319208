#!/usr/bin/env node
// Takes comments, white space and TypeScript's helpers out of the JavaScript that the archive holds as compiled, and
// shortens the names inside of functions: its bound is 1.5 MB. Exported names stay, which Node reads from CommonJS; it
// would take a name that a limit of lines breaks for two. The declarations keep the comments. Runs last: tools/cli reads
// the code as TypeScript writes it.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const FOLDERS = [
  "aws",
  "component",
  "dynamic",
  "errors",
  "items",
  "migration",
  "pointer",
  "reader",
  "readiness",
  "retention",
  "validation",
];

const root = fileURLToPath(new URL("../../", import.meta.url));

/** TypeScript's helper for `import * as`, a kilobyte in each file. It returns modules as they are that were ES modules. */
const HELPER = /^var __createBinding = [\s\S]*?^var __importStar = [\s\S]*?^\}\)\(\);\n/m;
const IMPORT = /__importStar\((require\("(?:@pulumi\/[\w/]+|node:\w+|\.[\w./-]+)"\))\)/g;
/** Exports as undefined, until the code gives them their values. */
const EARLY = /^(?:exports\.\w+ = )+void 0;\n/m;

function slim(path) {
  const text = readFileSync(path, "utf8");
  const early = EARLY.exec(text)?.[0] ?? "";
  const late = text.replace(EARLY, "");
  for (const [, name] of early.matchAll(/exports\.(\w+)/g))
    if (!late.includes(`exports.${name} = `) && !late.includes(`(exports, "${name}"`))
      throw new Error(`${path} gives ${name} no value`);
  const slimmed = late.replace(HELPER, "").replace(IMPORT, "$1");
  if (/__importStar|__createBinding/.test(slimmed)) throw new Error(`${path} needs the helper`);
  writeFileSync(path, slimmed);
}

/** Entries besides the folders; of `plugin`, the archive holds no more. */
const ENTRIES = ["index", "plugin/components", "plugin/index", "plugin/resources"];

for (const entry of ENTRIES) slim(`${root}dist/${entry}.js`);
for (const folder of FOLDERS)
  for (const name of readdirSync(`${root}dist/${folder}`, { recursive: true }))
    if (name.endsWith(".js")) slim(`${root}dist/${folder}/${name}`);

const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: [
    ...ENTRIES.map((entry) => `dist/${entry}.js`),
    ...FOLDERS.map((folder) => `dist/${folder}/**/*.js`),
  ],
  outbase: "dist",
  outdir: "dist",
  allowOverwrite: true,
  minifyWhitespace: true,
  minifyIdentifiers: true,
  minifySyntax: true,
  write: false,
  logLevel: "warning",
});
for (const { path, text } of outputFiles) {
  // Node finds the exported names by the text of the code, and does not know `!0`.
  writeFileSync(path, text.replaceAll("{enumerable:!0,", "{enumerable:true,"));
}
