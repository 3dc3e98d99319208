/** @type {import("jest").Config} */
const common = {
  testEnvironment: "node",
  moduleNameMapper: { "^fast-check$": "<rootDir>/test/support/seeded-fast-check.cjs" },
  transform: {
    "^.+\\.ts$": ["@swc/jest", { jsc: { target: "es2023", parser: { syntax: "typescript" } } }],
  },
};

module.exports = {
  // Processes, engines and databases are slow on a busy machine: the longest test takes minutes on an idle one.
  testTimeout: 1_200_000,
  testSequencer: "<rootDir>/test/support/longest-first.cjs",
  // npm run coverage: each branch of what decides about a version or a table is reached, and most of a migration's.
  collectCoverageFrom: ["src/**/*.ts"],
  coverageReporters: ["text"],
  coverageThreshold: {
    "./src/items/": { branches: 100 },
    // Each file. The functions' entries in src/migration/lambda run on MiniStack only.
    "./src/migration/*.ts": { branches: 76 },
    "./src/pointer/": { branches: 100 },
    "./src/readiness/": { branches: 100 },
    "./src/retention/": { branches: 100 },
  },
  projects: [
    { ...common, displayName: "unit", testMatch: ["<rootDir>/test/unit/**/*.test.ts"] },
    { ...common, displayName: "contract", testMatch: ["<rootDir>/test/contract/**/*.test.ts"] },
    { ...common, displayName: "faults", testMatch: ["<rootDir>/test/faults/**/*.test.ts"] },
    { ...common, displayName: "bad-input", testMatch: ["<rootDir>/test/bad-input/**/*.test.ts"] },
    { ...common, displayName: "cli", testMatch: ["<rootDir>/test/cli/**/*.test.ts"] },
    { ...common, displayName: "docs", testMatch: ["<rootDir>/test/docs/**/*.test.ts"] },
    { ...common, displayName: "package", testMatch: ["<rootDir>/test/package/**/*.test.ts"] },
    {
      ...common,
      displayName: "engine",
      testMatch: ["<rootDir>/test/engine/**/*.test.ts"],
      testEnvironment: "<rootDir>/test/engine/environment.ts",
      globalSetup: "<rootDir>/test/engine/global-setup.ts",
      globalTeardown: "<rootDir>/test/engine/global-teardown.ts",
    },
  ],
};
