import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The schema is next to the bundle, or at the root of the package. */
const [home = "."] = [__dirname, join(__dirname, "../..")].filter((folder) =>
  existsSync(join(folder, "schema.json")),
);

/** The schema that `npm run schema` writes. */
export const schemaText = (): string => readFileSync(join(home, "schema.json"), "utf8");
