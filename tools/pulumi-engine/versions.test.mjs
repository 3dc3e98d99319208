import assert from "node:assert/strict";
import { test } from "node:test";
import { cacheKey, cacheRoot } from "./cache.mjs";
import { readChecksum } from "./download.mjs";
import { releaseFiles } from "./release-source.mjs";
import {
  compareVersions,
  MINIMUM_VERSION,
  parseVersion,
  pinnedVersions,
  plainVersion,
} from "./versions.mjs";

test("versions compare as numbers, whatever surrounds them", () => {
  assert.ok(compareVersions("v3.221.0", "3.99.9") > 0);
  assert.ok(compareVersions("3.9.0", "3.10.0") < 0);
  assert.equal(compareVersions("v3.259.0\n", "3.259.0"), 0);
  assert.equal(compareVersions("1.25", "1.25.0"), 0);
  assert.equal(plainVersion("3.260.0-alpha.1+f00d"), "3.260.0");
  assert.equal(plainVersion("go1.26.8"), "1.26.8");
  assert.equal(parseVersion("dev"), undefined);
  assert.ok(compareVersions("dev", "0.0.1") < 0);
});

test("every version comes from go.mod, and PATH must have the pinned CLI or a newer one", () => {
  const pinned = pinnedVersions();
  for (const version of Object.values(pinned)) assert.match(version, /^\d+\.\d+(\.\d+)?$/);
  assert.equal(MINIMUM_VERSION, pinned.cli);
});

test("the release's files carry the names under which Pulumi publishes them", () => {
  assert.deepEqual(releaseFiles("3.259.0", "linux-x64"), {
    archive: "pulumi-v3.259.0-linux-x64.tar.gz",
    checksums: "pulumi-3.259.0-checksums.txt",
  });
  assert.throws(() => releaseFiles("3.259.0", "aix-ppc64"), /no tar archive for aix-ppc64/);
});

test("a checksum is taken for the whole file name only", () => {
  const hex = "a".repeat(64);
  const text = `${"b".repeat(64)}  x-pulumi.tar.gz\n${hex.toUpperCase()} *pulumi.tar.gz\r\n`;
  assert.equal(readChecksum(text, "pulumi.tar.gz"), hex);
  assert.throws(() => readChecksum(text, "pulumi.tar"), /do not name pulumi\.tar/);
  assert.throws(() => readChecksum("<html>not found</html>", "pulumi.tar.gz"), /do not name/);
});

test("the cache lies where the environment says, and its key names what was built", () => {
  assert.equal(cacheRoot({ PULUMI_SWAP_CACHE_DIR: "/c", XDG_CACHE_HOME: "/x" }), "/c/engine");
  assert.equal(cacheRoot({ XDG_CACHE_HOME: "/x" }), "/x/pulumi-swap/engine");
  assert.match(cacheRoot({ XDG_CACHE_HOME: "relative" }), /^\/.*\/\.cache\/pulumi-swap\/engine$/);
  assert.ok(cacheKey("modules").startsWith(`modules-${pinnedVersions().cli}-`));
  assert.notEqual(cacheKey("modules"), cacheKey("release"));
});
