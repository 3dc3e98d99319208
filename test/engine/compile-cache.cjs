// Loaded by NODE_OPTIONS into every process of a run: it takes a third off the processor time of a run.
const Module = require("node:module");
const { dirname, join } = require("node:path");

// Node's compile cache takes only code that was compiled under the same V8 flags, and Pulumi sets this one
// while it loads: with it set at the start, each process can use what another has compiled.
require("node:v8").setFlagsFromString("--allow-natives-syntax");

// Pulumi loads the first two, and the 450 modules that they load, for the code of a function that it
// serializes; the stand-in for the aws provider loads the clients for a migration's resources.
const ON_USE = new Set([
  "@npmcli/arborist",
  "typescript",
  "@aws-sdk/client-cloudwatch-logs",
  "@aws-sdk/client-iam",
  "@aws-sdk/client-lambda",
  "@aws-sdk/client-sfn",
]);

const load = Module._load;
Module._load = function loadOnUse(request, parent, isMain) {
  if (!ON_USE.has(request)) return load.call(this, request, parent, isMain);
  // What is not installed is refused at once, as it is without this file.
  const file = Module._resolveFilename(request, parent, isMain);
  let loaded;
  const get = (_, name) => {
    // Who asks whether it is an ES module, as compiled imports do, doesn't use it yet.
    if (name === "__esModule" && loaded === undefined) return true;
    // Pulumi tells its debug log which compiler there is.
    if (name === "version" && request === "typescript")
      return load.call(this, join(dirname(file), "../package.json"), parent, false).version;
    loaded ??= load.call(this, request, parent, isMain);
    return loaded[name];
  };
  return new Proxy({}, { get });
};
