#!/usr/bin/env node
"use strict";

// Plain old JavaScript up to the check: an old Node must be able to parse this file to say so.
const major = Number(process.versions.node.split(".")[0]);
if (major < 22) {
  process.stderr.write(
    "swap: Node " +
      process.versions.node +
      " is too old: Node 22 or newer is needed\n" +
      "  fix: install Node 22 or newer and run swap again\n",
  );
  process.exit(1);
}

const { join, dirname } = require("node:path");

const root = dirname(__dirname);
const argv = process.argv.slice(2);
let main;
try {
  main = load(join(root, "dist/command/swap.js"), cacheCompiledCode(process.env)).main;
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
main(argv, root);

/**
 * Keeps V8's compiled code in the user's cache folder, else in Node's default below /tmp, which may
 * be another user's. Where neither can be written, a run only takes longer.
 *
 * @returns the folder, if it is the user's own
 */
function cacheCompiledCode(env) {
  const { enableCompileCache, getCompileCacheDir, constants } = require("node:module");
  // Absent in Node 22.0.
  if (!enableCompileCache) return undefined;
  const cache = env.XDG_CACHE_HOME || (env.HOME && `${env.HOME}/.cache`);
  if (env.NODE_COMPILE_CACHE) enableCompileCache();
  else if (
    !cache ||
    enableCompileCache(`${cache}/swap/compiled`).status === constants.compileCacheStatus.FAILED
  ) {
    enableCompileCache();
    return undefined;
  }
  return getCompileCacheDir();
}

/**
 * Does what `require` does, and keeps the compiled code of each command after its first run. Node's own
 * cache holds what is compiled when a module is loaded: hardly a function of it. Compiling those that a
 * run calls takes longer than the rest of swap's own work.
 *
 * @param folder of the compiled code; undefined for none
 * @see Script.createCachedData in the documentation of node:vm
 */
function load(file, folder) {
  const { readFileSync } = require("node:fs");
  const { Module, createRequire } = require("node:module");
  const { Script, constants } = require("node:vm");

  // The build makes it ASCII, and puts a hash of it into the first line.
  const source = readFileSync(file, "latin1");
  const build = source.slice(0, source.indexOf("\n"));
  const command = commandName();
  const cacheFile = folder && command && join(folder, `swap-${command}`);
  const cached = cacheFile && readCache(cacheFile, build);
  const script = new Script(Module.wrap(source), {
    filename: file,
    cachedData: cached,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  const module = new Module(file);
  module.filename = file;
  require.cache[file] = module;
  script
    .runInThisContext()
    .call(module.exports, module.exports, createRequire(file), module, file, dirname(file));
  // A run that failed has not called all that a command needs.
  if (cacheFile && (cached === undefined || script.cachedDataRejected))
    process.on("exit", (code) => {
      if (code === 0 && Object.hasOwn(module.exports.COMMANDS, command))
        writeCache(cacheFile, build, script);
    });
  return module.exports;
}

/** The command that compiled code is kept for: all help runs the same functions. */
function commandName() {
  const [word = "help"] = argv;
  if (argv.includes("--help") || argv.includes("-h")) return "help";
  return /^[a-z]{1,20}$/.test(word) ? word : undefined;
}

/** The compiled code in a file, unless it is of another build. */
function readCache(file, build) {
  try {
    const data = require("node:fs").readFileSync(file);
    if (data.toString("latin1", 0, build.length) === build) return data.subarray(build.length);
  } catch {
    // There is none yet.
  }
  return undefined;
}

function writeCache(file, build, script) {
  const { renameSync, writeFileSync } = require("node:fs");
  try {
    const made = `${file}.${process.pid}`;
    writeFileSync(made, Buffer.concat([Buffer.from(build, "latin1"), script.createCachedData()]));
    renameSync(made, file);
  } catch {
    // A full disk or a folder that went away: the next run only takes longer.
  }
}
