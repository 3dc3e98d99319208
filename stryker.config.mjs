// `npm run mutation`: does a test fail for each small change of the core? What survives, and why it may:
// tools/mutation/README.md.

/** @type {import("@stryker-mutator/api/core").PartialStrykerOptions} */
export default {
  mutate: [
    "src/aws/*.ts",
    "src/items/*.ts",
    "src/pointer/**/*.ts",
    "src/retention/**/*.ts",
    "src/readiness/**/*.ts",
  ],
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
