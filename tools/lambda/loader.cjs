"use strict";
// Loads the code of a migration's functions, which is compressed next to this file.
const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const { compileFunction, constants } = require("node:vm");
const { brotliDecompressSync } = require("node:zlib");

const code = brotliDecompressSync(readFileSync(join(__dirname, "code.br"))).toString();
const load = compileFunction(code, ["module", "exports", "require", "__dirname"], {
  filename: join(__dirname, "code.js"),
  // It imports the user's transform.
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
});
load(module, exports, require, __dirname);
