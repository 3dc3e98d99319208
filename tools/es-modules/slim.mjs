#!/usr/bin/env node
// Takes comments, and part of the white space, out of the JavaScript that the archive holds as compiled:
// its bound is 1.5 MB. The declarations keep the comments. Runs last: tools/cli reads the code as
// TypeScript writes it.

import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** What applications load: one statement a line, as a stack trace shows it. */
const READABLE = ["aws", "errors", "items", "reader", "validation"];
/** What runs in a Pulumi program, below its provider and in `swap`, which print one line for an error. */
const COMPACT = ["component", "dynamic", "migration", "pointer", "readiness", "retention"];

for (const [folders, minifyWhitespace] of [
  [READABLE, false],
  [COMPACT, true],
])
  await build({
    absWorkingDir: fileURLToPath(new URL("../../", import.meta.url)),
    entryPoints: folders.map((folder) => `dist/${folder}/**/*.js`),
    outbase: "dist",
    outdir: "dist",
    allowOverwrite: true,
    minifyWhitespace,
    logLevel: "warning",
  });
