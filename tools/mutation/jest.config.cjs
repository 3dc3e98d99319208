const { projects } = require("../../jest.config.cjs");

const [{ transform, testEnvironment }] = projects;

/** The tests that a mutant of the core may fail, without a process of their own. */
module.exports = {
  rootDir: "../..",
  testEnvironment,
  transform,
  testMatch: [
    "<rootDir>/test/unit/{pointer,readiness,retirement}/**/*.test.ts",
    "<rootDir>/test/contract/pointer*.test.ts",
    "<rootDir>/test/contract/readiness/**/*.test.ts",
    "<rootDir>/test/bad-input/{inputs,responses,rows}.test.ts",
  ],
};
