#!/usr/bin/env node
// `npm run pack:plugin` after a build: the plugin as Pulumi plugins are distributed, one archive for each
// system, in `artifacts/` or the folder named. The code is the same everywhere; the launcher is not.

import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { create } from "tar";

const root = fileURLToPath(new URL("../../", import.meta.url));
const { version } = createRequire(import.meta.url)("../../package.json");

const LAUNCHERS = {
  darwin: "pulumi-resource-swap",
  linux: "pulumi-resource-swap",
  windows: "pulumi-resource-swap.cmd",
};
const ARCHITECTURES = ["amd64", "arm64"];

const target = resolve(process.argv[2] ?? join(root, "artifacts"));
mkdirSync(target, { recursive: true });
for (const [system, launcher] of Object.entries(LAUNCHERS))
  for (const architecture of ARCHITECTURES) {
    const name = `pulumi-resource-swap-v${version}-${system}-${architecture}.tar.gz`;
    const files = [
      "LICENCES.txt",
      "LICENSE",
      "lambda.br",
      "lambda.js",
      "main.js",
      launcher,
      "schema.json",
    ];
    // Portable and with one date, so that the same code makes the same archive.
    await create(
      {
        cwd: join(root, "plugin"),
        file: join(target, name),
        gzip: true,
        portable: true,
        mtime: new Date(0),
      },
      files,
    );
    console.log(join(target, name));
  }
