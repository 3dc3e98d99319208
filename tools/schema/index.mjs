#!/usr/bin/env node
// `npm run schema`: writes schema.json, the plugin's description for the other Pulumi languages, from the
// sources. With --check it writes nothing and fails where the file is not what the sources say.

import { readFileSync, writeFileSync } from "node:fs";
import { packageSchema } from "./package-schema.mjs";

const file = new URL("../../schema.json", import.meta.url);
const wanted = `${JSON.stringify(packageSchema(), undefined, 2)}\n`;

if (process.argv.includes("--check")) {
  if (readFileSync(file, "utf8") !== wanted) {
    console.error("schema.json is not what the sources say: run 'npm run schema' and commit it");
    process.exitCode = 1;
  }
} else {
  writeFileSync(file, wanted);
}
