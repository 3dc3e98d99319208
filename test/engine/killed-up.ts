import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
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
    for (const pid of withDescendants(up.pid as number)) killIfThere(pid);
    await ended;
    proxy.cut(outcome);
    const { output } = await project.pulumi("cancel", "--yes");
    if (!/cancel/i.test(output)) throw new Error(`pulumi cancel said: ${output}`);
  }
  await proxy.stop();
  return killed;
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
