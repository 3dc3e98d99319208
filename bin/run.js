#!/usr/bin/env node
"use strict";

// Plain old JavaScript up to the check: an old Node must be able to parse this file to say so.
var major = Number(process.versions.node.split(".")[0]);
if (major < 22) {
  process.stderr.write(
    "swap: Node " +
      process.versions.node +
      " is too old: Node 22 or newer is needed\n" +
      "  fix: install Node 22 or newer and run swap again\n",
  );
  process.exit(1);
}

require("node:module").enableCompileCache();

var main;
try {
  main = require("../dist/cli/main.js").main;
} catch (error) {
  if (error.code !== "MODULE_NOT_FOUND" || !/dist[\\/]cli[\\/]main/.test(error.message))
    throw error;
  process.stderr.write(
    "swap: the command line is not compiled yet\n  fix: run npm run build in the checkout\n",
  );
  process.exit(1);
}
main(process.argv.slice(2), require("node:path").dirname(__dirname));
