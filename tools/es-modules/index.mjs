#!/usr/bin/env node
// Makes `dist/es/`, what applications bundle, as ES modules. The compiled CommonJS can't go into an ES
// module bundle: there is no `require` for Node's own modules, nor for a package left out of it. Only
// bundlers take these, by the export condition "module"; Node takes the CommonJS for `import` and
// `require` alike, so that no process has two copies.
//
// One module for each source file, so that a bundler leaves out whole modules with what they import: in a
// reader's bundle is nothing of a writer.

import { existsSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../../", import.meta.url));
const options = {
  absWorkingDir: root,
  bundle: true,
  format: "esm",
  platform: "node",
  target: "es2023",
  packages: "external",
  logLevel: "warning",
};

/** Leaves an import of another source file as it is, with the name of its module. */
const keepModules = {
  name: "keep-modules",
  setup({ onResolve }) {
    onResolve({ filter: /^\./ }, ({ path, kind, resolveDir }) => {
      if (kind === "entry-point") return undefined;
      const file = join(resolveDir, path);
      const module = existsSync(`${file}.ts`) ? file : join(file, "index");
      const name = relative(resolveDir, module);
      return { path: `${name.startsWith(".") ? "" : "./"}${name}.mjs`, external: true };
    });
  },
};

const entries = ["errors/index", "pointer/index", "reader/index", "reader/fenced", "reader/otel"];
const { metafile } = await build({
  ...options,
  entryPoints: entries.map((entry) => `src/${entry}.ts`),
  outdir: "unused",
  metafile: true,
  write: false,
});
rmSync(`${root}dist/es`, { recursive: true, force: true });
await build({
  ...options,
  entryPoints: Object.keys(metafile.inputs).map((file) => `./${file}`),
  outbase: "src",
  outdir: "dist/es",
  outExtension: { ".js": ".mjs" },
  // The archive stays below 1.5 MB, and an application's bundler shortens all this anyway.
  minify: true,
  plugins: [keepModules],
});
