// Stands in for fast-check in Jest: each run draws the same values. PROPERTY_SEED names another seed, or "fresh".
const fastCheck = require("../../node_modules/fast-check/lib/cjs/fast-check.js");

const { PROPERTY_SEED, ...env } = process.env;
const SOAKS = ["SWITCH_RUNS", "MIGRATION_RUNS", "FAULT_HISTORIES"];
const isFresh = PROPERTY_SEED === "fresh" || SOAKS.some((name) => env[name] !== undefined);
const seed = PROPERTY_SEED === undefined ? 20_261_126 : Number(PROPERTY_SEED);
if (!isFresh) fastCheck.configureGlobal({ ...fastCheck.readConfigureGlobal(), seed });

module.exports = fastCheck;
