import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
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
    await killWithDescendants(up.pid as number);
    await ended;
    await proxy.cut(outcome);
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
  let killed: Promise<void> | undefined;
  up.stdout.on("data", (data) => {
    output += data;
    if (line.test(output)) killed ??= killWithDescendants(up.pid as number);
  });
  await once(up, "close");
  if (killed === undefined) throw new Error(`up ended before it was killed: ${output}`);
  await killed;
  await clearLock(project);
}

/** As docs/recover.md says: a kill in the middle of a save may have left an attribute file of the state empty. */
async function clearLock(project: Project): Promise<void> {
  const state = join(project.folder, "state/.pulumi");
  for (const name of readdirSync(state, { encoding: "utf8", recursive: true })) {
    const file = join(state, name);
    if (name.endsWith(".attrs") && statSync(file).size === 0) rmSync(file);
  }
  const { output } = await project.pulumi("cancel", "--yes");
  if (!/cancel/i.test(output)) throw new Error(`pulumi cancel said: ${output}`);
}

/**
 * Kills a process and all below it, and waits until they are gone. Plugins are in a separate group, and would outlive
 * the command. All are stopped first: who runs could start another one, which nobody would find.
 */
async function killWithDescendants(pid: number): Promise<void> {
  const found = new Set([pid]);
  for (let stopped = 0; stopped < found.size; ) {
    for (const each of [...found].slice(stopped)) sendSignal(each, "SIGSTOP");
    stopped = found.size;
    for (const { pid: child, parent } of processes()) if (found.has(parent)) found.add(child);
  }
  for (const each of found) sendSignal(each, "SIGKILL");
  const alive = () => processes().some(({ pid: each, state }) => found.has(each) && state !== "Z");
  while (alive()) await sleep(20);
}

interface Process {
  pid: number;
  parent: number;
  /** `Z` for one that has ended, which nobody has asked about yet. */
  state: string;
}

function processes(): Process[] {
  const lines = execFileSync("ps", ["-A", "-o", "pid=,ppid=,state="], { encoding: "utf8" });
  return lines
    .trim()
    .split("\n")
    .map((line) => {
      const [pid, parent, state = ""] = line.trim().split(/\s+/);
      return { pid: Number(pid), parent: Number(parent), state: state.slice(0, 1) };
    });
}

/**
 * Sends a signal to a process, unless it has ended.
 *
 * @throws RangeError for an id of more than one process: 0 is the caller's own group
 */
export function sendSignal(pid: number, name: NodeJS.Signals): void {
  if (!(pid > 1)) throw new RangeError(`${pid} is no process to send a signal to`);
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
