#!/usr/bin/env node
// Makes `dist/lambda/index.js`: the code of a migration's Lambda functions as one file. The AWS SDK stays outside:
// the runtime nodejs22.x has it. Made from the sources: of CommonJS a bundler leaves out nothing.

import { fileURLToPath } from "node:url";
import { build } from "esbuild";

await build({
  absWorkingDir: fileURLToPath(new URL("../../", import.meta.url)),
  entryPoints: ["src/migration/lambda/index.ts"],
  outfile: "dist/lambda/index.js",
  bundle: true,
  platform: "node",
  target: "node22",
  minify: true,
  external: ["@aws-sdk/*"],
  logLevel: "warning",
});
