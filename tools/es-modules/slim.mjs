#!/usr/bin/env node
// Takes comments, and part of the white space, out of the JavaScript that the archive holds as compiled:
// its bound is 1.5 MB. The declarations keep the comments. Runs last: tools/cli reads the code as
// TypeScript writes it.

import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** What readers load: one statement a line, as a stack trace shows it. */
const READABLE = ["errors", "reader"];
/**
 * What runs in a Pulumi program and in `swap`, which print one line for an error. Only names inside of functions
 * are shortened.
 */
const SHORTENED = [
  "aws",
  "component",
  "dynamic",
  "items",
  "migration",
  "pointer",
  "readiness",
  "retention",
  "validation",
];

for (const [folders, options] of [
  [READABLE, {}],
  [SHORTENED, { minifyWhitespace: true, minifyIdentifiers: true }],
])
  await build({
    absWorkingDir: fileURLToPath(new URL("../../", import.meta.url)),
    entryPoints: folders.map((folder) => `dist/${folder}/**/*.js`),
    outbase: "dist",
    outdir: "dist",
    allowOverwrite: true,
    ...options,
    logLevel: "warning",
  });
