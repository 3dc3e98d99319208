import { globSync } from "node:fs";
import { resolve } from "node:path";

const root = resolve(__dirname, "../..");

/**
 * The tests that a mutant of the core may fail, in one file: each mutant then loads the SDK once and
 * not once for each test file.
 */
for (const file of globSync(
  [
    "test/unit/{pointer,readiness,retirement}/**/*.test.ts",
    "test/contract/pointer*.test.ts",
    "test/contract/readiness/**/*.test.ts",
    "test/bad-input/{inputs,responses,rows}.test.ts",
  ],
  // Has module mocks, which hold in a file of their own alone.
  { cwd: root, exclude: ["**/create-control-table.test.ts"] },
).sort())
  describe(file, () => {
    require(resolve(root, file));
  });
