// Loaded by NODE_OPTIONS into every process of a run: it takes half off the processor time of a run.
const Module = require("node:module");
const { dirname, join, sep } = require("node:path");

// Node's compile cache takes only code that was compiled under the same V8 flags, and Pulumi sets this one
// while it loads: with it set at the start, each process can use what another has compiled.
require("node:v8").setFlagsFromString("--allow-natives-syntax");

// For the tests of a user's program as it is, with ts-node and its source maps.
const isPlain = process.env.TEST_TYPESCRIPT === "true";

// The pinned host for Node.js passes no runtime options on: without this, ts-node runs a test's JavaScript.
if (!isPlain) process.env.PULUMI_NODEJS_TYPESCRIPT = "false";

// Pulumi loads the first two, and the 450 modules that they load, for the code of a function that it
// serializes, and those of OpenTelemetry for a trace; the stand-in for the aws provider loads the clients for
// a migration's resources.
const ON_USE = new Set([
  "@npmcli/arborist",
  "typescript",
  "normalize-package-data",
  "@opentelemetry/instrumentation",
  "@opentelemetry/instrumentation-grpc",
  "@opentelemetry/resources",
  "@opentelemetry/sdk-trace-base",
  "@opentelemetry/sdk-trace-node",
  "@aws-sdk/client-cloudwatch-logs",
  "@aws-sdk/client-eventbridge",
  "@aws-sdk/client-iam",
  "@aws-sdk/client-lambda",
  "@aws-sdk/client-pipes",
  "@aws-sdk/client-sfn",
]);

// The index of @pulumi/aws loads 250 services, and that of @pulumi/pulumi what runs other programs.
const INDEXES = [
  { path: join(sep, "@pulumi", "aws", "index.js"), part: /^\.\/\w+$/ },
  { path: join(sep, "@pulumi", "pulumi", "index.js"), part: /^\.\/automation$/ },
];

function isOnUse(request, parent, isMain) {
  if (ON_USE.has(request)) return true;
  const file = parent?.filename;
  const index = INDEXES.find(({ path, part }) => file?.endsWith(path) && part.test(request));
  // What is a file and no folder is small, and copied into the index.
  return index && Module._resolveFilename(request, parent, isMain).endsWith(`${sep}index.js`);
}

// Pulumi takes a stack for each property of each resource, and this reads the source map of each file in it.
const SOURCE_MAPS = /^source-map-support(\/register)?$/;
const sourceMaps = {
  install() {
    Error.prepareStackTrace = (error, frames) => [error, ...frames].join("\n    at ");
  },
};

const load = Module._load;
Module._load = function loadOnUse(request, parent, isMain) {
  if (!isPlain && SOURCE_MAPS.test(request)) {
    if (request.endsWith("register")) sourceMaps.install();
    return sourceMaps;
  }
  if (!isOnUse(request, parent, isMain)) return load.call(this, request, parent, isMain);
  // What is not installed is refused at once, as it is without this file.
  const file = Module._resolveFilename(request, parent, isMain);
  let loaded;
  const real = () => {
    loaded ??= load.call(this, request, parent, isMain);
    return loaded;
  };
  const get = (_, name) => {
    // Who asks whether it is an ES module, as compiled imports do, doesn't use it yet.
    if (name === "__esModule" && loaded === undefined) return true;
    // Pulumi tells its debug log which compiler there is.
    if (name === "version" && request === "typescript")
      return load.call(this, join(dirname(file), "../package.json"), parent, false).version;
    // Pulumi takes these functions and classes out where it loads them.
    if (request.startsWith("@opentelemetry/")) return functionOnUse(() => real()[name]);
    return real()[name];
  };
  return new Proxy({}, { get });
};

function functionOnUse(real) {
  return new Proxy(function onUse() {}, {
    apply: (_, self, args) => Reflect.apply(real(), self, args),
    construct: (_, args) => Reflect.construct(real(), args),
    get: (_, name) => real()[name],
  });
}
