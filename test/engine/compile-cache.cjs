// Loaded by NODE_OPTIONS into every process of a run. Node's compile cache takes only code that was compiled
// under the same V8 flags, and Pulumi sets this one while it loads: with it set at the start, each process
// can use what another has compiled.
require("node:v8").setFlagsFromString("--allow-natives-syntax");
