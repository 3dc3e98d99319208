#!/usr/bin/env node
// Bundles the declarations in `dist/`: a file an entry of the package, and files of what they share, with what the
// entries export and nothing else. The result parses in TypeScript 3.8, which Pulumi brings for a program that has
// none: `{ type Name }` is newer, and in a declaration file the word changes nothing.

import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { rollup } from "rollup";
import { dts } from "rollup-plugin-dts";

const dist = fileURLToPath(new URL("../../dist/", import.meta.url));
const { exports } = createRequire(import.meta.url)("../../package.json");

const entries = Object.values(exports)
  .flatMap(({ types }) => types ?? [])
  .map((types) => posix.relative("dist", types).replace(/\.d\.ts$/, ""));
const bundle = await rollup({
  input: Object.fromEntries(entries.map((name) => [name, join(dist, `${name}.d.ts`)])),
  plugins: [dts()],
  external: /^[^./]/,
  onwarn({ message }) {
    // The type of a protected member is nobody's to import.
    if (!message.includes("references private shared type exports")) throw new Error(message);
  },
});
const { output } = await bundle.generate({
  format: "es",
  entryFileNames: "[name].d.ts",
  chunkFileNames: ({ name }) => `types/${name.replace(/\.d$/, "")}.d.ts`,
  minifyInternalExports: false,
});
await bundle.close();

for (const path of readdirSync(dist, { recursive: true }))
  if (path.endsWith(".d.ts")) rmSync(dist + path);
for (const { fileName, code } of output) {
  const plain = code
    .replace(/^(import|export)( \w+,)? \{[^}]*\}/gm, (clause) =>
      clause.replace(/(?<=[{,]\s*)type (?!as\b)/g, ""),
    )
    // The archive has a bound, and indents by four spaces take some kilobytes of it.
    .replace(/^( {4})+/gm, (indent) => "\t".repeat(indent.length / 4));
  mkdirSync(dirname(dist + fileName), { recursive: true });
  writeFileSync(dist + fileName, plain);
}
