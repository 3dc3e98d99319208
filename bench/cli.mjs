// Start-up of `swap get` compared with a bare oclif command and a bare SDK script, in one run: each does the
// same one GetItem against a server of this process and prints the version. Start-up of `swap --help`
// compared with a bare Node that loads one bundle and runs nothing of it.

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { awsCli } from "./aws-cli.mjs";
import { root } from "./database.mjs";
import { inTurn, timed } from "./in-turn.mjs";
import { median, paired } from "./ratio.mjs";

const OURS = "swap get";
const HELP = "swap --help";
const BUNDLE = "bare Node with a 500 KB bundle, compile cache";

/** Most that `swap get` may take, as a multiple of each. */
const GOALS = {
  "bare SDK script, compile cache": 1.15,
  "bare oclif + SDK": 1.3,
  "bare oclif + SDK, compile cache": 1.3,
};
/** Most that `swap --help` may take, as a multiple of {@link BUNDLE}. */
const HELP_GOAL = 1.3;

const read = `async () => {
  const { DynamoDBClient, GetItemCommand } = require("@aws-sdk/client-dynamodb");
  const client = new DynamoDBClient({});
  const { Item } = await client.send(
    new GetItemCommand({ TableName: "bench_swap", Key: { pk: { S: "orders" } }, ConsistentRead: true }),
  );
  client.destroy();
  return Item.ver.N;
}`;

export async function measureCli({ rounds = 21 }) {
  const folder = mkdtempSync(join(tmpdir(), "swap-bench-cli-"));
  const server = await oneRow();
  const aws = awsCli();
  try {
    const entries = await commands(folder, `http://127.0.0.1:${server.address().port}`, aws);
    const contenders = Object.fromEntries(
      entries.map((entry) => [entry.name, () => timed({ out: "7", ...entry })]),
    );
    // The first runs fill the compile cache and the page cache.
    for (let warm = 0; warm < 2; warm++)
      for (const contender of Object.values(contenders)) await contender();
    return report(rounds, await inTurn(rounds, contenders), aws);
  } finally {
    server.close();
    server.closeAllConnections();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A control table that answers every request with one row. */
async function oneRow() {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { "content-type": "application/x-amz-json-1.0" });
    response.end('{"Item":{"pk":{"S":"orders"},"ver":{"N":"7"},"at":{"N":"1760000000000"}}}');
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

async function commands(folder, endpoint, aws) {
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    AWS_ACCESS_KEY_ID: "bench",
    AWS_SECRET_ACCESS_KEY: "bench",
    AWS_REGION: "eu-west-1",
    AWS_ENDPOINT_URL_DYNAMODB: endpoint,
    SWAP_CONTROL_TABLE: "bench_swap",
    NODE_COMPILE_CACHE: join(folder, "compile-cache"),
  };
  const uncached = { ...env, NODE_DISABLE_COMPILE_CACHE: "1" };
  const bare = await writeBare(folder);
  const swap = join(root, "bin/run.js");
  const help = spawnSync(process.execPath, [swap, "--help"], { env, encoding: "utf8" });
  const get = [
    "--region",
    "eu-west-1",
    "dynamodb",
    "get-item",
    "--table-name",
    "bench_swap",
    "--consistent-read",
  ];
  const shown = ["--key", '{"pk":{"S":"orders"}}', "--query", "Item.ver.N", "--output", "text"];
  return [
    { name: "node alone", args: [bare.nothing], env: uncached },
    { name: "bare SDK script", args: [bare.sdk], env: uncached },
    { name: "bare SDK script, compile cache", args: [bare.sdk], env },
    { name: "bare oclif command", args: [bare.bin, "hello"], env: uncached },
    { name: "bare oclif + SDK", args: [bare.bin, "get"], env: uncached },
    { name: "bare oclif + SDK, compile cache", args: [bare.bin, "get"], env },
    { name: OURS, args: [swap, "get", "orders"], env },
    { name: BUNDLE, args: [bare.bundle], env },
    { name: HELP, args: [swap, "--help"], env, out: help.stdout.trim() },
    { name: `${OURS}, usage error`, args: [swap, "get", "a/b"], env, out: "", code: 2 },
    ...(aws.command
      ? [{ name: "aws dynamodb get-item", command: aws.command, args: [...get, ...shown], env }]
      : []),
  ];
}

function report(rounds, times, aws) {
  const rivals = Object.keys(times).filter(
    (name) => !name.startsWith(OURS) && name !== HELP && name !== BUNDLE,
  );
  return {
    title: "command line",
    figures: [
      ...rivals.map((name) => paired(`${OURS} / ${name}`, times[OURS], times[name], GOALS[name])),
      paired(`${HELP} / ${BUNDLE}`, times[HELP], times[BUNDLE], HELP_GOAL),
    ],
    notes: [
      `whole processes that read one row and print the version, ${rounds} rounds in turn`,
      "the bundle is the minified DynamoDB client, loaded and not run",
      aws.command ? `aws is awscli ${aws.version} on ${aws.python}` : `SKIPPED aws: ${aws.why}`,
    ],
    times: Object.entries(times).map(([name, each]) => `${name}: ${median(each).toFixed(0)} ms`),
  };
}

/** A minimal oclif command line: a manifest, one command that reads, one that does not. */
async function writeBare(folder) {
  const at = (name) => join(folder, name);
  mkdirSync(at("commands"));
  symlinkSync(join(root, "node_modules"), at("node_modules"));
  const oclif = { bin: "bare", commands: "./commands" };
  writeFileSync(
    at("package.json"),
    JSON.stringify({ name: "bare", version: "1.0.0", files: [], oclif }),
  );
  const command = (body) => `const { Command } = require("@oclif/core");
const read = ${read};
module.exports = class extends Command {
  async run() {
    await this.parse(this.constructor);
    this.log(${body});
  }
};
`;
  writeFileSync(at("commands/hello.js"), command('"7"'));
  writeFileSync(at("commands/get.js"), command("await read()"));
  writeFileSync(
    at("run.js"),
    `require("node:module").enableCompileCache();
require("@oclif/core").execute({ dir: __dirname });
`,
  );
  writeFileSync(
    at("sdk.js"),
    `require("node:module").enableCompileCache();
(${read})().then(console.log);
`,
  );
  writeFileSync(at("nothing.js"), "console.log(7);\n");
  await build({
    stdin: {
      contents: 'module.exports = () => require("@aws-sdk/client-dynamodb");',
      resolveDir: root,
    },
    outfile: at("bundle.js"),
    bundle: true,
    minify: true,
    platform: "node",
  });
  writeFileSync(
    at("load-bundle.js"),
    `require("node:module").enableCompileCache();
require("./bundle.js");
console.log(7);
`,
  );
  const made = spawnSync(
    process.execPath,
    [join(root, "node_modules/oclif/bin/run.js"), "manifest"],
    {
      cwd: folder,
      encoding: "utf8",
    },
  );
  if (made.status !== 0) throw new Error(`oclif manifest: ${made.stderr}`);
  return {
    bin: at("run.js"),
    bundle: at("load-bundle.js"),
    nothing: at("nothing.js"),
    sdk: at("sdk.js"),
  };
}
