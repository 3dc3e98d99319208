#!/usr/bin/env node
// Makes the declarations in `dist/` fit for the archive:
// - They parse in TypeScript 3.8, which Pulumi brings for a program that has none:
//   `{ type Name }` is newer. In a declaration file the word changes nothing.
// - Those that no entry of the package leads to are taken out: nobody can import them.

import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";

const dist = fileURLToPath(new URL("../../dist/", import.meta.url));

for (const path of readdirSync(dist, { recursive: true })) {
  if (!path.endsWith(".d.ts")) continue;
  const text = readFileSync(dist + path, "utf8");
  const plain = text.replace(/^(import|export)( \w+,)? \{[^}]*\}/gm, (clause) =>
    clause.replace(/(?<=[{,]\s*)type (?!as\b)/g, ""),
  );
  if (plain !== text) writeFileSync(dist + path, plain);
}

const { exports } = createRequire(import.meta.url)("../../package.json");
const needed = new Set();
const add = (path) => {
  if (needed.has(path)) return;
  needed.add(path);
  const text = readFileSync(dist + path, "utf8");
  for (const [, name] of text.matchAll(/(?:\bfrom |\bimport\(|^import )"(\.[^"]+)"/gm)) {
    const target = posix.join(posix.dirname(path), name);
    add([`${target}.d.ts`, `${target}/index.d.ts`].find((file) => existsSync(dist + file)));
  }
};
for (const { types } of Object.values(exports)) if (types) add(posix.relative("dist", types));
for (const path of readdirSync(dist, { recursive: true }))
  if (path.endsWith(".d.ts") && !needed.has(path.replaceAll("\\", "/"))) rmSync(dist + path);
