import { execFile, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import { promisify } from "node:util";

const REQUIREMENTS = "tools/local-aws/ministack/requirements.txt";
const PYTHON = "python3";
/** Written last: an environment without it is not complete. */
const COMPLETE = "complete";

/** Why MiniStack can't be installed on this machine; undefined if it can. */
export function lacksPython(): string | undefined {
  const wanted = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))";
  if (spawnSync(PYTHON, ["-c", wanted], { stdio: "ignore" }).status === 0) return undefined;
  return `MiniStack needs Python 3.11 or newer, with venv, as ${PYTHON} on PATH`;
}

/**
 * Installs MiniStack, as pinned by its requirements file, into a virtual environment in the cache folder, unless it is there.
 *
 * @returns the environment's Python
 * @throws Error with pip's last line
 */
export async function installMiniStack(): Promise<string> {
  const requirements = join(checkout(), REQUIREMENTS);
  const hash = createHash("sha256").update(readFileSync(requirements)).digest("hex").slice(0, 12);
  const root = cacheRoot();
  const target = join(root, `ministack-${hash}`);
  const python = join(target, "bin", PYTHON);
  if (existsSync(join(target, COMPLETE))) return python;
  mkdirSync(root, { recursive: true });
  // The rename, which the first to finish wins, keeps two processes from disturbing each other.
  const made = mkdtempSync(join(root, ".ministack-"));
  try {
    await run(PYTHON, ["-m", "venv", made]);
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    await run(join(made, "bin", PYTHON), [...pip, "--require-hashes", "-r", requirements]);
    mkdirSync(join(made, COMPLETE));
    renameSync(made, target);
  } catch (error) {
    if (!existsSync(join(target, COMPLETE))) throw error;
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
  return python;
}

async function run(command: string, args: readonly string[]): Promise<void> {
  try {
    await promisify(execFile)(command, args);
  } catch (error) {
    const said = String((error as { stderr?: string }).stderr ?? "")
      .trim()
      .split("\n")
      .at(-1);
    throw new Error(`${command} ${args.join(" ")}: ${said || (error as Error).message}`);
  }
}

/** The folder above the engine's cache: the same variables name it. */
function cacheRoot({ PULUMI_SWAP_CACHE_DIR, XDG_CACHE_HOME } = process.env): string {
  if (PULUMI_SWAP_CACHE_DIR) return PULUMI_SWAP_CACHE_DIR;
  const base = XDG_CACHE_HOME && isAbsolute(XDG_CACHE_HOME) ? XDG_CACHE_HOME : undefined;
  return join(base ?? join(homedir(), ".cache"), "pulumi-swap");
}

/** The checkout's root: this file runs from its source, in tests, and from build/. */
export function checkout(): string {
  let folder = __dirname;
  while (!existsSync(join(folder, REQUIREMENTS))) {
    if (folder === dirname(folder)) throw new Error(`no ${REQUIREMENTS} above ${__dirname}`);
    folder = dirname(folder);
  }
  return folder;
}
