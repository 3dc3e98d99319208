// `npm run mutation`: does a test fail for each small change of the core? About an hour.
// Survivors are explained in docs/proof.md.

const { projects } = (await import("./jest.config.cjs")).default;
const [{ transform, testEnvironment }] = projects;

/** @type {import("@stryker-mutator/api/core").PartialStrykerOptions} */
export default {
  mutate: ["src/pointer/**/*.ts", "src/retirement/**/*.ts", "src/readiness/**/*.ts"],
  testRunner: "jest",
  coverageAnalysis: "perTest",
  jest: {
    projectType: "custom",
    config: {
      testEnvironment,
      transform,
      testMatch: [
        "<rootDir>/test/unit/{pointer,readiness,retirement}/**/*.test.ts",
        "<rootDir>/test/contract/pointer*.test.ts",
        "<rootDir>/test/contract/readiness/**/*.test.ts",
        "<rootDir>/test/bad-input/{inputs,responses,rows}.test.ts",
      ],
    },
  },
  concurrency: 1,
  timeoutMS: 20_000,
  reporters: ["clear-text", "json"],
  jsonReporter: { fileName: "build/mutation.json" },
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  tempDirName: "build/stryker",
  ignorePatterns: ["dist", "build", ".demo", "coverage", "docs"],
};
