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

cacheCompiledCode(process.env);

var root = require("node:path").dirname(__dirname);
var main;
try {
  main = require("../dist/command/swap.js").main;
} catch (error) {
  // The first line alone: below it Node lists the paths of this machine.
  const reason = String(error.message).split("\n")[0];
  process.stderr.write(
    /dist[\\/]command[\\/]swap/.test(reason)
      ? "swap: the command line is not compiled yet\n  fix: run npm run build in the checkout\n"
      : "swap: it could not be loaded: " +
          reason.split(root).join("<swap>") +
          "\n  fix: install the package and its dependencies again (npm ci in a checkout)\n",
  );
  process.exit(1);
}
main(process.argv.slice(2), root);

/**
 * Keeps V8's compiled code in the user's cache folder, else in Node's default below /tmp, which may
 * be another user's. Where neither can be written, a run only takes longer.
 */
function cacheCompiledCode(env) {
  const { enableCompileCache, constants } = require("node:module");
  // Absent in Node 22.0.
  if (!enableCompileCache) return;
  const cache = env.XDG_CACHE_HOME || (env.HOME && `${env.HOME}/.cache`);
  if (env.NODE_COMPILE_CACHE || !cache) enableCompileCache();
  else if (
    enableCompileCache(`${cache}/swap/compiled`).status === constants.compileCacheStatus.FAILED
  )
    enableCompileCache();
}
