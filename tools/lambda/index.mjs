#!/usr/bin/env node
// Makes `dist/lambda/code.br`: the code of a migration's Lambda functions as one compressed file, which takes a third of
// the room in the package, and `dist/lambda/index.js`, which loads it. The AWS SDK stays outside: the runtime nodejs22.x
// has it. Made from the sources: of CommonJS a bundler leaves out nothing.

import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { brotliCompressSync } from "node:zlib";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../../", import.meta.url));
const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: ["src/migration/lambda/index.ts"],
  bundle: true,
  platform: "node",
  target: "node22",
  minify: true,
  external: ["@aws-sdk/*"],
  logLevel: "warning",
  write: false,
});
mkdirSync(`${root}dist/lambda`, { recursive: true });
writeFileSync(`${root}dist/lambda/code.br`, brotliCompressSync(outputFiles[0].contents));
copyFileSync(`${root}tools/lambda/loader.cjs`, `${root}dist/lambda/index.js`);
