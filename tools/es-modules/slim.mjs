#!/usr/bin/env node
// Takes comments and white space out of the JavaScript that the archive holds as compiled, and shortens the names inside
// of functions: its bound is 1.5 MB. Exported names stay, which Node reads from CommonJS; it would take a name that a
// limit of lines breaks for two. The declarations keep the comments. Runs last: tools/cli reads the code as TypeScript
// writes it.

import { writeFileSync } from "node:fs";
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

const { outputFiles } = await build({
  absWorkingDir: fileURLToPath(new URL("../../", import.meta.url)),
  entryPoints: FOLDERS.map((folder) => `dist/${folder}/**/*.js`),
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
