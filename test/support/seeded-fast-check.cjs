// Stands in for fast-check in Jest: each run draws the same values. PROPERTY_SEED names another seed, or "fresh". With
// more runs than usual, and no seed, they are fresh too.
const fastCheck = require("../../node_modules/fast-check/lib/cjs/fast-check.js");

const SOAKS = ["SWITCH_RUNS", "MIGRATION_RUNS", "FAULT_HISTORIES"];
const isSoak = SOAKS.some((name) => process.env[name] !== undefined);
const { PROPERTY_SEED = isSoak ? "fresh" : "20261126" } = process.env;
if (PROPERTY_SEED !== "fresh") {
  const seed = Number.parseInt(PROPERTY_SEED, 10);
  if (String(seed) !== PROPERTY_SEED)
    throw new Error(`PROPERTY_SEED is "${PROPERTY_SEED}": give a whole number, or "fresh"`);
  fastCheck.configureGlobal({ ...fastCheck.readConfigureGlobal(), seed });
}

module.exports = fastCheck;
