#!/usr/bin/env node
// Makes `dist/es/`, the entries that applications bundle, as ES modules. The compiled CommonJS can't go
// into an ES module bundle: there is no `require` for Node's own modules, nor for a package left out of
// it. Only bundlers take these, by the export condition "module"; Node takes the CommonJS for `import`
// and `require` alike, so that no process has two copies.

import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../../", import.meta.url));

rmSync(`${root}dist/es`, { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: {
    errors: "src/errors/index.ts",
    otel: "src/reader/otel.ts",
    pointer: "src/pointer/index.ts",
    reader: "src/reader/index.ts",
  },
  outdir: "dist/es",
  outExtension: { ".js": ".mjs" },
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "es2023",
  packages: "external",
  logLevel: "warning",
});
