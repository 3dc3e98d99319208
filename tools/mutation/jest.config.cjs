const { projects } = require("../../jest.config.cjs");

const [{ transform, testEnvironment }] = projects;

module.exports = {
  rootDir: "../..",
  testEnvironment,
  transform,
  testMatch: [
    "<rootDir>/tools/mutation/all.test.ts",
    "<rootDir>/test/unit/pointer/create-control-table.test.ts",
  ],
};
