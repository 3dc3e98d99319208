// Start-up of `swap get` beside a bare oclif command and a bare SDK script, in one run.
// Each does the same one GetItem against a server of this process and prints the version.

import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROUNDS = Number(process.env.ROUNDS ?? 21);
const GOAL = 1.3;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = mkdtempSync(join(tmpdir(), "swap-bench-cli-"));

const server = createServer((request, response) => {
  request.resume();
  response.writeHead(200, { "content-type": "application/x-amz-json-1.0" });
  response.end('{"Item":{"pk":{"S":"orders"},"ver":{"N":"7"},"at":{"N":"1760000000000"}}}');
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));

const read = `async () => {
  const { DynamoDBClient, GetItemCommand } = require("@aws-sdk/client-dynamodb");
  const client = new DynamoDBClient({});
  const { Item } = await client.send(
    new GetItemCommand({ TableName: "bench_swap", Key: { pk: { S: "orders" } }, ConsistentRead: true }),
  );
  client.destroy();
  return Item.ver.N;
}`;

const env = {
  PATH: process.env.PATH,
  HOME: folder,
  AWS_ACCESS_KEY_ID: "bench",
  AWS_SECRET_ACCESS_KEY: "bench",
  AWS_REGION: "eu-west-1",
  AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${server.address().port}`,
  SWAP_CONTROL_TABLE: "bench_swap",
  NODE_COMPILE_CACHE: join(folder, "compile-cache"),
};
const uncached = { ...env, NODE_DISABLE_COMPILE_CACHE: "1" };

const bare = writeBare();
const entries = [
  { name: "node alone", args: [bare.nothing], env: uncached, out: "7" },
  { name: "bare SDK script", args: [bare.sdk], env: uncached, out: "7" },
  { name: "bare SDK script, compile cache", args: [bare.sdk], env, out: "7" },
  { name: "bare oclif command", args: [bare.bin, "hello"], env: uncached, out: "7" },
  { name: "bare oclif + SDK", args: [bare.bin, "get"], env: uncached, out: "7", baseline: true },
  {
    name: "bare oclif + SDK, compile cache",
    args: [bare.bin, "get"],
    env,
    out: "7",
    baseline: true,
  },
  {
    name: "swap get",
    args: [join(root, "bin/run.js"), "get", "orders"],
    env,
    out: "7",
    ours: true,
  },
  { name: "swap get, usage error", args: [join(root, "bin/run.js"), "get", "a/b"], env, out: "" },
];

try {
  for (const entry of entries) {
    entry.times = [];
    // The first runs fill the compile cache and the page cache.
    await timed(entry);
    await timed(entry);
  }
  for (let round = 0; round < ROUNDS; round++)
    for (let i = 0; i < entries.length; i++) {
      const entry = entries[(i + round) % entries.length];
      entry.times.push(await timed(entry));
    }
  report();
} finally {
  server.close();
  server.closeAllConnections();
  rmSync(folder, { recursive: true, force: true });
}

function timed({ name, args, env, out }) {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (text) => {
      stdout += text;
    });
    child.stderr.on("data", (text) => {
      stderr += text;
    });
    child.once("error", reject);
    child.once("close", () => {
      const took = performance.now() - started;
      if (stdout.trim() === out) resolve(took);
      else reject(new Error(`${name} printed ${JSON.stringify(stdout + stderr)}`));
    });
  });
}

/** The least that an oclif command line is: a manifest, one command that reads, one that does not. */
function writeBare() {
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
  const made = spawnSync(
    process.execPath,
    [join(root, "node_modules/oclif/bin/run.js"), "manifest"],
    {
      cwd: folder,
      encoding: "utf8",
    },
  );
  if (made.status !== 0) throw new Error(`oclif manifest: ${made.stderr}`);
  return { bin: at("run.js"), sdk: at("sdk.js"), nothing: at("nothing.js") };
}

function report() {
  const median = (times) => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)];
  const ours = median(entries.find((entry) => entry.ours).times);
  console.log(`start-up, median of ${ROUNDS} interleaved runs, Node ${process.versions.node}\n`);
  for (const { name, times } of entries) {
    const ms = median(times);
    console.log(
      `${name.padEnd(34)}${ms.toFixed(0).padStart(5)} ms   swap get is ${(ours / ms).toFixed(2)} times`,
    );
  }
  const hardest = Math.min(
    ...entries.filter((each) => each.baseline).map((each) => median(each.times)),
  );
  const ratio = ours / hardest;
  console.log(
    `\nswap get beside the faster bare oclif + SDK: ${ratio.toFixed(2)} times (goal: at most ${GOAL})`,
  );
  if (ratio > GOAL) process.exitCode = 1;
}
