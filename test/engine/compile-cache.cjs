// Loaded by NODE_OPTIONS into every process of a run, to halve the processor time of its start.

// Node's compile cache takes only code that was compiled under the same V8 flags, and Pulumi sets this one
// while it loads: with it set at the start, each process can use what another has compiled.
require("node:v8").setFlagsFromString("--allow-natives-syntax");

// Pulumi loads these, and the 450 modules that they load, for the code of a function that it serializes.
// A run that serializes none gets by without them.
const ON_USE = new Set(["@npmcli/arborist", "typescript"]);

const Module = require("node:module");
const load = Module._load;
Module._load = function loadOnUse(request, parent, isMain) {
  if (!ON_USE.has(request)) return load.call(this, request, parent, isMain);
  // What is not installed is refused at once, as it is without this file.
  Module._resolveFilename(request, parent, isMain);
  let loaded;
  const get = (_, name) => {
    // Who asks whether it is an ES module, as compiled imports do, doesn't use it yet.
    if (name === "__esModule" && loaded === undefined) return true;
    loaded ??= load.call(this, request, parent, isMain);
    return loaded[name];
  };
  return new Proxy({}, { get });
};
