import { realpathSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { directoriesWith, executable, languagesIn } from "./find.mjs";
import { run } from "./run.mjs";
import { compareVersions, MINIMUM_VERSION, plainVersion } from "./versions.mjs";

const HOST = "pulumi-language-nodejs";

/**
 * The first usable CLI on PATH, or the reason there is none. The language host is looked for before the CLI
 * is run: an npm `pulumi` shim has none next to it, and asking it for its version would start a download.
 */
export async function fromPath({ path = process.env.PATH ?? "" } = {}) {
  const hostDirs = directoriesWith(HOST, path);
  const reasons = [];
  for (const entry of directoriesWith("pulumi", path)) {
    const dir = resolve(entry);
    const home = dirname(realpathSync(executable(dir, "pulumi")));
    if (!executable(dir, HOST) && !executable(home, HOST) && hostDirs.length === 0) {
      reasons.push(`the one in ${dir} has no ${HOST}`);
      continue;
    }
    const version = await cliVersion(dir);
    if (!version) reasons.push(`the one in ${dir} does not say its version`);
    else if (compareVersions(version, MINIMUM_VERSION) < 0) {
      reasons.push(`the one in ${dir} is ${version}, older than ${MINIMUM_VERSION}`);
    } else {
      return {
        engine: {
          binDir: dir,
          version,
          source: "path",
          languages: languagesIn(dir, home, ...hostDirs),
        },
      };
    }
  }
  return {
    reason: reasons.length
      ? `no usable pulumi on PATH (${reasons.join("; ")})`
      : "no pulumi on PATH",
  };
}

export async function cliVersion(dir) {
  const file = executable(dir, "pulumi");
  if (!file) return undefined;
  const result = await run(file, ["version"], {
    timeoutMs: 20_000,
    env: { PULUMI_SKIP_UPDATE_CHECK: "true" },
  });
  return result.ok ? plainVersion(result.stdout) : undefined;
}
