#!/usr/bin/env node
// Makes `plugin/`, the folder that Pulumi takes as the plugin: one bundle that needs Node.js and no
// node_modules, its launchers, the schema, and the licences of what is in the bundle.

import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { licences } from "./licences.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const target = `${root}plugin/`;

/** `@pulumi/aws` as the components use it: its index would bring in every AWS service. */
const AWS_AS_USED = `exports.dynamodb = require("@pulumi/aws/dynamodb");
exports.cloudwatch = {
  Dashboard: require("@pulumi/aws/cloudwatch/dashboard").Dashboard,
  LogGroup: require("@pulumi/aws/cloudwatch/logGroup").LogGroup,
  MetricAlarm: require("@pulumi/aws/cloudwatch/metricAlarm").MetricAlarm,
};
exports.iam = {
  Role: require("@pulumi/aws/iam/role").Role,
  RolePolicy: require("@pulumi/aws/iam/rolePolicy").RolePolicy,
};
exports.lambda = {
  EventSourceMapping: require("@pulumi/aws/lambda/eventSourceMapping").EventSourceMapping,
  Function: require("@pulumi/aws/lambda/function").Function,
  Invocation: require("@pulumi/aws/lambda/invocation").Invocation,
};
exports.pipes = { Pipe: require("@pulumi/aws/pipes/pipe").Pipe };
exports.sfn = { StateMachine: require("@pulumi/aws/sfn/stateMachine").StateMachine };
exports.getDefaultTags = require("@pulumi/aws/getDefaultTags").getDefaultTags;
exports.getPartition = require("@pulumi/aws/getPartition").getPartition;
exports.getRegion = require("@pulumi/aws/getRegion").getRegion;`;

/** Refuses a source that uses what is left out: a program would miss it only when it gets there. */
function checkAwsAsUsed() {
  const uses = /(?:new |(?<![\w.])(?=aws\.(?:\w+\.)?get[A-Z]))aws\.([\w.]+)/g;
  const has = (path) => {
    const [last, ...before] = path.split(".").reverse();
    const file = [...before, last[0].toLowerCase() + last.slice(1)].join("/");
    return [file, before[0]].some((part) => AWS_AS_USED.includes(`require("@pulumi/aws/${part}")`));
  };
  for (const file of readdirSync(`${root}src`, { recursive: true })) {
    if (!file.endsWith(".ts")) continue;
    for (const [, path] of readFileSync(`${root}src/${file}`, "utf8").matchAll(uses))
      if (!has(path)) throw new Error(`src/${file} uses aws.${path}, which the plugin leaves out`);
  }
}

checkAwsAsUsed();

const awsAsUsed = {
  name: "aws-as-used",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@pulumi\/aws$/ }, () => ({ path: "aws", namespace: "as-used" }));
    onLoad({ filter: /.*/, namespace: "as-used" }, () => ({
      contents: AWS_AS_USED,
      resolveDir: root,
    }));
  },
};

/** Pulumi loads a TypeScript compiler to serialize functions; the plugin serializes none. */
const withoutCompiler = {
  name: "without-compiler",
  setup({ onLoad }) {
    onLoad({ filter: /@pulumi\/pulumi\/typescript-shim\.js$/ }, () => ({ contents: "" }));
  },
};

rmSync(target, { recursive: true, force: true });
mkdirSync(target);
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: ["dist/plugin/server/main.js"],
  outfile: "plugin/main.js",
  bundle: true,
  platform: "node",
  target: "node22",
  minify: true,
  // Pulumi and the AWS SDK compare names of classes and errors.
  keepNames: true,
  metafile: true,
  // The builder of native modules is not in the plugin, and not needed.
  external: ["node-gyp"],
  logOverride: { "require-resolve-not-external": "silent" },
  logLevel: "warning",
  plugins: [awsAsUsed, withoutCompiler],
});
copyFileSync(`${root}dist/lambda/index.js`, `${target}lambda.js`);
copyFileSync(`${root}dist/lambda/code.br`, `${target}lambda.br`);
for (const launcher of ["pulumi-resource-swap", "pulumi-resource-swap.cmd"])
  copyFileSync(`${root}src/plugin/launch/${launcher}`, target + launcher);
chmodSync(`${target}pulumi-resource-swap`, 0o755);
for (const file of ["schema.json", "LICENSE"]) copyFileSync(root + file, target + file);
writeFileSync(`${target}LICENCES.txt`, licences(root, Object.keys(metafile.inputs)));
