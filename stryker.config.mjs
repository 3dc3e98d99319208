// `npm run mutation`: does a test fail for each small change of the core? Survivors known to change
// nothing: the bounds in `hiddenLeave` (the version left or reached there has a stay that ends as late),
// `?.` on the first stay (a row that is not foreign has a history), and conditions that only keep a
// field from being set to undefined where it is compared with undefined later; `op` beside the history
// that holds it as well; where the middleware of `attempts.ts` stands among none that it would meet. The
// item of a failed condition, which the embedded DynamoDB does not return, is held by the contract tests
// on DynamoDB Local.

/** @type {import("@stryker-mutator/api/core").PartialStrykerOptions} */
export default {
  mutate: ["src/pointer/**/*.ts", "src/retirement/**/*.ts", "src/readiness/**/*.ts"],
  testRunner: "jest",
  coverageAnalysis: "perTest",
  jest: {
    projectType: "custom",
    configFile: "tools/mutation/jest.config.cjs",
    // It looks for them by static imports, of which the one test file has none.
    enableFindRelatedTests: false,
  },
  concurrency: 2,
  // A runner keeps the modules of each run it has made.
  maxTestRunnerReuse: 50,
  timeoutMS: 20_000,
  plugins: ["@stryker-mutator/*", "./tools/mutation/survivors.mjs"],
  reporters: ["survivors", "json", "progress-append-only"],
  jsonReporter: { fileName: "build/mutation.json" },
  tempDirName: "build/stryker",
  ignorePatterns: ["dist", "build", ".demo", "coverage", "docs"],
};
