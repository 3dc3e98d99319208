import { readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(__dirname, "../..");

const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  version: string;
};

/** The version of the package, which is the plugin's as well: one tarball holds both. */
export const VERSION = version;

/** The schema that `npm run schema` writes. */
export const schemaText = (): string => readFileSync(join(root, "schema.json"), "utf8");
