import { globSync } from "node:fs";
import { resolve } from "node:path";
import fc from "fast-check";

// The first counterexample kills a mutant, so it is not shrunk.
fc.configureGlobal({ endOnFailure: true });

const root = resolve(__dirname, "../..");

/**
 * The tests that a mutant of the core may fail, in one file: each mutant then loads the SDK once and
 * not once for each test file. Unit tests come first: they are the quick ones, and a mutant ends at
 * the first test that fails.
 */
for (const file of globSync(
  [
    "test/unit/{aws,items,pointer,readiness,retention}/**/*.test.ts",
    "test/contract/pointer*.test.ts",
    "test/contract/readiness/**/*.test.ts",
    "test/bad-input/{inputs,responses,rows}.test.ts",
  ],
  // Uses module mocks, which work only in a separate file.
  { cwd: root, exclude: ["**/create-control-table.test.ts"] },
)
  .sort()
  .reverse())
  describe(file, () => {
    require(resolve(root, file));
  });
