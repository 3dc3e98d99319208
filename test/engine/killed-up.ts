import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { type PausedRequestOutcome, pausingProxy, type RequestFilter } from "./pausing-proxy";
import type { Project } from "./project";

/**
 * Runs `up`, kills it at the first request that is chosen, and clears the lock as a user would. All
 * that it started dies with it, as on a lost CI machine.
 *
 * @returns whether it was killed; false when it ended before a request was chosen
 */
export async function killedUp(
  project: Project,
  chosen: RequestFilter,
  outcome: PausedRequestOutcome,
): Promise<boolean> {
  const direct = project.env.AWS_ENDPOINT_URL_DYNAMODB as string;
  const proxy = await pausingProxy(direct, chosen);
  const up = spawn("pulumi", ["up", "--yes", "--skip-preview", "--non-interactive"], {
    cwd: project.folder,
    env: { ...project.env, AWS_ENDPOINT_URL_DYNAMODB: proxy.endpoint },
    stdio: "ignore",
  });
  const ended = once(up, "exit");
  const killed = await Promise.race([
    proxy.paused(1).then(() => true),
    ended.then(([code]) => {
      if (code !== 0) throw new Error(`up ended with ${code} before it was killed`);
      return false;
    }),
  ]);
  if (killed) {
    killAll(withDescendants(up.pid as number));
    await ended;
    proxy.cut(outcome);
    await clearLock(project);
  }
  await proxy.stop();
  return killed;
}

/**
 * Runs `up`, kills it once its output shows the line, and clears the lock.
 *
 * @throws Error if it ends before
 */
export async function upKilledAt(project: Project, line: RegExp): Promise<void> {
  const up = spawn("pulumi", ["up", "--yes", "--skip-preview", "--non-interactive"], {
    cwd: project.folder,
    env: project.env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  let killed = false;
  up.stdout.on("data", (data) => {
    output += data;
    if (killed || !line.test(output)) return;
    killed = true;
    killAll(withDescendants(up.pid as number));
  });
  await once(up, "close");
  if (!killed) throw new Error(`up ended before it was killed: ${output}`);
  await clearLock(project);
}

/** Kills the processes that a process has started and whose command line shows the text; tells how many. */
export function killChildren(parent: number, shown: string): number {
  const lines = execFileSync("ps", ["-A", "-o", "pid=,ppid=,args="], { encoding: "utf8" });
  const found = lines.split("\n").flatMap((line) => {
    const [pid, of] = line.trim().split(/\s+/, 2).map(Number);
    return pid && of === parent && line.includes(shown) ? [pid] : [];
  });
  killAll(found);
  return found.length;
}

/** As docs/recover.md says: a kill in the middle of a save may have left an attribute file of the state empty. */
async function clearLock(project: Project): Promise<void> {
  const stacks = join(project.folder, "state/.pulumi/stacks");
  for (const name of readdirSync(stacks, { encoding: "utf8", recursive: true })) {
    const file = join(stacks, name);
    if (name.endsWith(".attrs") && statSync(file).size === 0) rmSync(file);
  }
  const { output } = await project.pulumi("cancel", "--yes");
  if (!/cancel/i.test(output)) throw new Error(`pulumi cancel said: ${output}`);
}

function killAll(pids: readonly number[]): void {
  for (const pid of pids) killIfThere(pid);
}

/** A process and all below it: plugins are in a separate group, and would outlive the command. */
function withDescendants(pid: number): number[] {
  const lines = execFileSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" }).split("\n");
  const processes = lines.map((line) => line.trim().split(/\s+/).map(Number));
  const found = [pid];
  for (const parent of found)
    for (const [child, of] of processes) if (of === parent && child) found.push(child);
  return found;
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
