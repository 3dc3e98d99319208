import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { cacheKey } from "./cache.mjs";
import {
  borrow,
  engine,
  fakeGo,
  leftovers,
  releaseServer,
  sandbox,
  script,
  VERSION,
} from "./testing.mjs";
import { MINIMUM_VERSION, pinnedVersions } from "./versions.mjs";

const NOWHERE = { PULUMI_SWAP_RELEASE_URL: "http://127.0.0.1:1" };

function install(dir, version) {
  script(dir, "pulumi", `echo v${version}`);
  script(dir, "pulumi-language-nodejs", "exit 0");
}

test("a new enough CLI on PATH is used as it is", async (t) => {
  const box = sandbox(t);
  install(box.bin, MINIMUM_VERSION);
  const result = await engine(box, { args: ["--json"] });
  assert.deepEqual(JSON.parse(result.stdout), {
    binDir: box.bin,
    version: MINIMUM_VERSION,
    source: "path",
    languages: ["nodejs"],
  });
  assert.equal(
    result.stderr,
    `pulumi-engine: using Pulumi ${MINIMUM_VERSION} from PATH (${box.bin})\n`,
  );
  assert.deepEqual(leftovers(box), []);
});

test("an old CLI is passed over, with the reason, for a newer one further on", async (t) => {
  const box = sandbox(t);
  install(box.bin, "3.100.0");
  const forced = await engine(box, { env: { PULUMI_SWAP_ENGINE: "path" } });
  assert.equal(forced.code, 1);
  assert.match(
    forced.stderr,
    /is 3\.100\.0, older than .*PULUMI_SWAP_ENGINE=path allows nothing else\n$/,
  );
  const newer = join(box.root, "newer");
  install(newer, VERSION);
  const result = await engine(box, { env: { PATH: `${box.bin}:${newer}` } });
  assert.equal(result.stdout, `${newer}\n`);
});

test("a pulumi without a Node.js host is not even run: it may be npm's, which downloads", async (t) => {
  const box = sandbox(t);
  script(box.bin, "pulumi", `: > "${box.root}/was-run"; echo v${VERSION}`);
  const result = await engine(box, { env: { PULUMI_SWAP_ENGINE: "path" } });
  assert.match(result.stderr, /has no pulumi-language-nodejs/);
  assert.ok(!existsSync(join(box.root, "was-run")));
});

test("no CLI, no network, no Go: one line says what is needed, and there is no stack trace", async (t) => {
  const box = sandbox(t);
  const result = await engine(box, { env: NOWHERE });
  assert.equal(result.code, 1);
  assert.equal(result.stdout, "");
  const lines = result.stderr.trimEnd().split("\n");
  assert.equal(lines.length, 3, result.stderr);
  assert.match(lines[0], /trying the official release .* because no pulumi on PATH/);
  assert.match(
    lines[1],
    /127\.0\.0\.1:1 is not reachable \(.+\); building from Go modules instead/,
  );
  assert.match(
    lines[2],
    new RegExp(
      `needs Go ${pinnedVersions().go} or newer \\(found no Go\\): install Go .*, or put a Pulumi CLI`,
    ),
  );
});

test("a Go that is too old is named", async (t) => {
  const box = sandbox(t);
  fakeGo(box, { version: "1.19.1" });
  const result = await engine(box, { env: { PULUMI_SWAP_ENGINE: "modules" } });
  assert.equal(result.code, 1);
  assert.match(result.stderr, /found Go 1\.19\.1/);
});

test("without a release the modules are built, with the launchers next to the hosts and no Go caches", async (t) => {
  const box = sandbox(t);
  fakeGo(box);
  const result = await engine(box, { env: NOWHERE });
  assert.equal(result.code, 0, result.stderr);
  const binDir = join(box.cache, "engine", cacheKey("modules"), "bin");
  assert.equal(result.stdout, `${binDir}\n`);
  assert.deepEqual(readdirSync(binDir).sort(), [
    "pulumi",
    "pulumi-language-nodejs",
    "pulumi-language-python",
    "pulumi-language-python-exec",
    "pulumi-language-yaml",
    "pulumi-resource-pulumi-nodejs",
    "pulumi-resource-pulumi-python",
  ]);
  assert.deepEqual(readdirSync(join(binDir, "..")).sort(), ["bin", "engine.json", "gen-sdk"]);
  assert.deepEqual(readdirSync(box.root).sort(), ["bin", "cache", "sdk"]);
  const again = await engine(box, { env: NOWHERE });
  assert.equal(
    again.stderr,
    `pulumi-engine: using cached Pulumi ${VERSION} (built from Go modules)\n`,
  );
});

test("a build that fails shows the compiler's last lines and leaves nothing", async (t) => {
  const box = sandbox(t);
  fakeGo(box, { build: "echo 'x.go:1: undefined: y' >&2; exit 1" });
  const result = await engine(box, { env: { PULUMI_SWAP_ENGINE: "modules" } });
  assert.equal(result.code, 1);
  assert.match(result.stderr, /go build of Pulumi .* failed:\n {2}x\.go:1: undefined: y\n$/);
  assert.deepEqual(leftovers(box), []);
});

test("a file that leaves nothing out any more is named", async (t) => {
  const box = sandbox(t);
  fakeGo(box, { vendor: "mkdir vendor" });
  const result = await engine(box, { env: { PULUMI_SWAP_ENGINE: "modules" } });
  assert.equal(result.code, 1);
  assert.match(result.stderr, /_left-out\/\S+\.go replaces nothing: Pulumi no longer has it\n$/);
  assert.deepEqual(leftovers(box), []);
});

test("the forced source is the one used, and another word is refused", async (t) => {
  const box = sandbox(t);
  install(join(box.root, "own"), VERSION);
  borrow(box, "tar", "gzip");
  const server = await releaseServer(t, box);
  const env = { PATH: `${join(box.root, "own")}:${box.bin}`, PULUMI_SWAP_RELEASE_URL: server.url };
  const release = await engine(box, {
    env: { ...env, PULUMI_SWAP_ENGINE: "release" },
    args: ["--json"],
  });
  assert.equal(JSON.parse(release.stdout).source, "release");
  const path = await engine(box, { env: { ...env, PULUMI_SWAP_ENGINE: "path" }, args: ["--json"] });
  assert.equal(JSON.parse(path.stdout).source, "path");
  const wrong = await engine(box, { env: { ...env, PULUMI_SWAP_ENGINE: "docker" } });
  assert.equal(wrong.code, 1);
  assert.match(
    wrong.stderr,
    /PULUMI_SWAP_ENGINE is "docker"; it takes path, release, modules or nothing/,
  );
});
