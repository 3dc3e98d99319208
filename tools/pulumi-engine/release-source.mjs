import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fillCache, MANIFEST_FILE } from "./cache.mjs";
import { fetchText, fetchVerified, readChecksum } from "./download.mjs";
import { EngineError } from "./errors.mjs";
import { executable, languagesIn } from "./find.mjs";
import { cliVersion } from "./path-source.mjs";
import { run } from "./run.mjs";
import { heartbeat, say } from "./say.mjs";
import { pinnedVersions } from "./versions.mjs";

const DEFAULT_URL = "https://get.pulumi.com/releases/sdk";
const PLATFORMS = ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"];

/** The names under which Pulumi publishes: the archive's has a "v" before the version, the checksums' none. */
export function releaseFiles(version, platform = `${process.platform}-${process.arch}`) {
  if (!PLATFORMS.includes(platform))
    throw new EngineError(`Pulumi publishes no tar archive for ${platform}`);
  return {
    archive: `pulumi-v${version}-${platform}.tar.gz`,
    checksums: `pulumi-${version}-checksums.txt`,
  };
}

export async function fromRelease(reason, env = process.env) {
  const version = pinnedVersions().cli;
  const base = (env.PULUMI_SWAP_RELEASE_URL || DEFAULT_URL).replace(/\/+$/, "");
  const files = releaseFiles(version);
  say(`trying the official release ${version} at ${new URL(base).host}, because ${reason}`);
  // Checked before anything is locked or written: a machine without network continues at once.
  const expected = readChecksum(await fetchText(`${base}/${files.checksums}`), files.archive);
  return fillCache("release", async (temp) => {
    const archive = join(temp, files.archive);
    await download(`${base}/${files.archive}`, archive, expected);
    await unpack(archive, temp);
    const bin = join(temp, "bin");
    const got = await cliVersion(bin);
    if (got !== version)
      throw new EngineError(`the release's CLI says it is ${got ?? "nothing"}, not ${version}`);
    if (!executable(bin, "pulumi-language-nodejs"))
      throw new EngineError("the release holds no pulumi-language-nodejs");
    writeFileSync(
      join(temp, MANIFEST_FILE),
      JSON.stringify({ version, languages: languagesIn(bin) }),
    );
  });
}

async function download(url, file, expected) {
  const megabytes = (bytes) => `${Math.round(bytes / 1e6)} MB`;
  let progress = { received: 0, total: 0 };
  const stop = heartbeat(
    () =>
      `downloading: ${megabytes(progress.received)}${progress.total ? ` of ${megabytes(progress.total)}` : ""}`,
  );
  try {
    await fetchVerified(url, file, expected, (now) => (progress = now));
  } finally {
    stop();
  }
}

/** Extracted into an empty folder, of which only `pulumi/` is used: another layout changes nothing. */
async function unpack(archive, temp) {
  const out = join(temp, "unpacked");
  mkdirSync(out);
  const result = await run("tar", ["-xzf", archive, "-C", out, "--no-same-owner"]);
  if (!result.ok)
    throw new EngineError(
      `unpacking the release failed: ${result.tail.at(-1) ?? "tar gave no reason"}`,
    );
  if (!readdirSync(out).includes("pulumi"))
    throw new EngineError("the release archive holds no pulumi folder");
  renameSync(join(out, "pulumi"), join(temp, "bin"));
  rmSync(out, { recursive: true });
  rmSync(archive);
}
