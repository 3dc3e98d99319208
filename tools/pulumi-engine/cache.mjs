import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { executable } from "./find.mjs";
import { isAlive, withLock } from "./lock.mjs";
import { CLI_MODULE_DIR, HOSTS_MODULE_DIR, pinnedVersions } from "./versions.mjs";

/** The file that `fill` writes last: without it the engine is not complete. */
export const MANIFEST_FILE = "engine.json";

export function cacheRoot(env = process.env) {
  if (env.PULUMI_SWAP_CACHE_DIR) return join(env.PULUMI_SWAP_CACHE_DIR, "engine");
  // The XDG specification says that a relative value is to be ignored.
  const base =
    env.XDG_CACHE_HOME && isAbsolute(env.XDG_CACHE_HOME)
      ? env.XDG_CACHE_HOME
      : join(homedir(), ".cache");
  return join(base, "pulumi-swap", "engine");
}

/** Everything that determines the binaries, so that a new version never uses an old build. */
export function cacheKey(source) {
  const { cli, yaml, hosts } = pinnedVersions();
  const platform = `${process.platform}-${process.arch}`;
  if (source === "release") return `release-${cli}-${platform}`;
  const hash = createHash("sha256");
  for (const dir of [CLI_MODULE_DIR, HOSTS_MODULE_DIR]) {
    for (const file of readdirSync(dir, { recursive: true }).sort())
      if (/\.(go|mod|sum)$/.test(file)) hash.update(`${file}\0`).update(readFileSync(dir + file));
  }
  return `modules-${cli}-${yaml}-${hosts}-${platform}-${hash.digest("hex").slice(0, 12)}`;
}

export function cached(source, root = cacheRoot()) {
  const dir = join(root, cacheKey(source));
  try {
    const manifest = JSON.parse(readFileSync(join(dir, MANIFEST_FILE), "utf8"));
    const binDir = join(dir, "bin");
    return executable(binDir, "pulumi")
      ? { binDir, version: manifest.version, source, languages: manifest.languages }
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Lets `fill(tempDir, workDir)` make an engine in a folder next to its place and renames it there whole, so that
 * an interrupted run leaves nothing half made. The lock spares a second process the work; the rename, which the
 * first to finish wins, keeps the result right even where the lock is broken by mistake. What is in `workDir` is
 * removed in the background: a build leaves some hundred thousand files.
 */
export async function fillCache(source, fill, root = cacheRoot()) {
  const key = cacheKey(source);
  mkdirSync(root, { recursive: true });
  return withLock(join(root, `${key}.lock`), async () => {
    const done = cached(source, root);
    if (done) return done;
    removeAbandoned(root, key);
    const [temp, work] = [1, 2].map(() => mkdtempSync(join(root, `.${key}.${process.pid}.`)));
    const removeBoth = () => {
      for (const folder of [temp, work]) rmSync(folder, { recursive: true, force: true });
    };
    process.on("exit", removeBoth);
    try {
      mkdirSync(join(temp, "bin"));
      await fill(temp, work);
      place(temp, join(root, key), source, root);
      return cached(source, root);
    } finally {
      const removed = [temp, work].map((folder) => rm(folder, { recursive: true, force: true }));
      // What could not be removed by then is tried again at the exit.
      void Promise.all(removed).then(
        () => process.off("exit", removeBoth),
        () => {},
      );
    }
  });
}

function place(temp, target, source, root) {
  if (!cached(source, root)) rmSync(target, { recursive: true, force: true });
  try {
    renameSync(temp, target);
  } catch (error) {
    if (!cached(source, root)) throw error;
  }
}

function removeAbandoned(root, key) {
  for (const name of readdirSync(root)) {
    if (!name.startsWith(`.${key}.`)) continue;
    const pid = Number(name.slice(key.length + 2).split(".")[0]);
    if (!isAlive(pid)) rmSync(join(root, name), { recursive: true, force: true });
  }
}
