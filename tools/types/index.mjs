#!/usr/bin/env node
// Makes the declarations in `dist/` parse in TypeScript 3.8, which Pulumi brings for a program without a
// TypeScript of its own: `{ type Name }` is newer. In a declaration file the word changes nothing.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
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
