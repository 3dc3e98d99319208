import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { cacheRoot } from "../tools/pulumi-engine/cache.mjs";

const VERSION = "1.46.3";

/** Installs a pinned AWS CLI from PyPI into the cache folder; returns the reason if it can't. */
export function awsCli() {
  const folder = join(dirname(cacheRoot()), `awscli-${VERSION}`);
  const command = join(folder, "bin/aws");
  if (!existsSync(command)) {
    mkdirSync(dirname(folder), { recursive: true });
    const pip = join(folder, "bin/pip");
    const failed =
      failure("python3", ["-m", "venv", folder]) ??
      failure(pip, ["install", "--quiet", "--disable-pip-version-check", `awscli==${VERSION}`]);
    if (failed) return { why: failed };
  }
  const told = spawnSync(command, ["--version"], { encoding: "utf8" });
  if (told.status !== 0) return { why: `${command} --version failed: ${told.stderr}` };
  return { command, version: VERSION, python: /Python\/\S+/.exec(told.stdout)?.[0] };
}

function failure(command, args) {
  const { status, error, stderr } = spawnSync(command, args, { encoding: "utf8" });
  if (status === 0) return undefined;
  const why = error?.message ?? stderr.trim().split("\n").at(-1);
  return `${command} ${args.join(" ")}: ${why}`;
}
