import assert from "node:assert/strict";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { cacheKey } from "./cache.mjs";
import { borrow, engine, leftovers, releaseServer, sandbox, start, VERSION } from "./testing.mjs";

async function setUp(t, options) {
  const box = sandbox(t);
  borrow(box, "tar", "gzip");
  const server = await releaseServer(t, box, options);
  return {
    box,
    server,
    env: { PULUMI_SWAP_RELEASE_URL: server.url, PULUMI_SWAP_ENGINE: "release" },
  };
}

test("a release is downloaded, checked and unpacked; then the cache answers alone", async (t) => {
  const { box, server, env } = await setUp(t);
  const first = await engine(box, { env, args: ["--json"] });
  assert.equal(first.code, 0, first.stderr);
  const binDir = join(box.cache, "engine", cacheKey("release"), "bin");
  assert.deepEqual(JSON.parse(first.stdout), {
    binDir,
    version: VERSION,
    source: "release",
    languages: ["nodejs", "python", "yaml"],
  });
  assert.ok(readdirSync(binDir).includes("pulumi-language-python-exec"));
  assert.match(first.stderr, /trying the official release .* because PULUMI_SWAP_ENGINE=release/);

  const asked = server.requests.length;
  const second = await engine(box, { env: { ...env, PULUMI_SWAP_ENGINE: "" } });
  assert.equal(second.stdout, `${binDir}\n`);
  assert.equal(second.stderr, `pulumi-engine: using cached Pulumi ${VERSION} (official release)\n`);
  assert.equal(server.requests.length, asked);
  assert.deepEqual(leftovers(box), [cacheKey("release")]);
});

test("an archive that is not the published one is refused and nothing of it stays", async (t) => {
  const { box, env } = await setUp(t, {
    damage: (bytes) => Buffer.concat([bytes, Buffer.from("x")]),
  });
  const result = await engine(box, { env });
  assert.equal(result.code, 1);
  assert.equal(result.stdout, "");
  assert.match(
    result.stderr,
    /refused http.*: its SHA-256 is [0-9a-f]{64}, the published one [0-9a-f]{64}\n$/,
  );
  assert.deepEqual(leftovers(box), []);
});

test("a release of another version than the one asked for is refused", async (t) => {
  const { box, env } = await setUp(t, { version: "3.1.0" });
  const result = await engine(box, { env });
  assert.equal(result.code, 1);
  assert.match(result.stderr, /says it is 3\.1\.0, not/);
  assert.deepEqual(leftovers(box), []);
});

test("a release that is not there is distinguished from a host that is not", async (t) => {
  const { box, server, env } = await setUp(t);
  const result = await engine(box, {
    env: { ...env, PULUMI_SWAP_RELEASE_URL: `${server.url}/elsewhere` },
  });
  assert.equal(result.code, 1);
  assert.match(result.stderr, /checksums\.txt answered HTTP 404\n$/);
});

test("two runs at once download once and agree", async (t) => {
  let letGo;
  const until = new Promise((resolve) => (letGo = resolve));
  const { box, server, env } = await setUp(t, { until });
  const runs = [start(box, { env }), start(box, { env })];
  const waits = () => runs.some(({ stderr }) => stderr.includes("; waiting"));
  while (!waits() && runs.every(({ child }) => child.exitCode === null)) await sleep(20);
  letGo();
  const [one, two] = await Promise.all(runs.map(({ ended }) => ended));
  assert.equal(one.code + two.code, 0, one.stderr + two.stderr);
  assert.equal(one.stdout, two.stdout);
  assert.equal(server.requests.filter((name) => name === server.archive).length, 1);
  assert.match(
    one.stderr + two.stderr,
    /another process \(pid \d+\) is getting the same engine; waiting/,
  );
  assert.deepEqual(leftovers(box), [cacheKey("release")]);
});

test("what a killed run left is cleared by the next", async (t) => {
  const { box, env } = await setUp(t);
  const root = join(box.cache, "engine");
  const dead = 2 ** 22 + 1;
  mkdirSync(join(root, `.${cacheKey("release")}.${dead}.abc`, "bin"), { recursive: true });
  writeFileSync(
    join(root, `${cacheKey("release")}.lock`),
    JSON.stringify({ pid: dead, host: hostname() }),
  );
  const result = await engine(box, { env });
  assert.equal(result.code, 0, result.stderr);
  assert.deepEqual(leftovers(box), [cacheKey("release")]);
});

test("an interrupted run leaves nothing", async (t) => {
  const { box, server, env } = await setUp(t, { until: new Promise(() => {}) });
  const run = start(box, { env });
  while (!server.requests.includes(server.archive)) await sleep(20);
  await sleep(100);
  assert.ok(leftovers(box).some((name) => name.endsWith(".lock")));
  run.child.kill("SIGINT");
  assert.equal((await run.ended).code, 130);
  assert.deepEqual(leftovers(box), []);
});
