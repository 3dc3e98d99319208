import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

const running = new Set();

/** Go leaves its compilers running when it stops, so the signal goes to their process group. */
const GROUPS = process.platform !== "win32";

/** For a signal handler: ends running commands, first in a way that lets Go remove its work folder. */
export async function stopRunning(patienceMs = 3_000) {
  const children = [...running];
  const ends = children.map((child) => once(child, "close"));
  for (const child of children) signal(child, "SIGINT");
  await Promise.race([Promise.all(ends), sleep(patienceMs, undefined, { ref: false })]);
  for (const child of children) signal(child, "SIGKILL");
}

function signal(child, name) {
  try {
    process.kill(GROUPS ? -child.pid : child.pid, name);
  } catch {
    // It has ended meanwhile.
  }
}

/**
 * Runs a program to its end and never rejects: { ok, stdout, tail } with the last lines of stderr, each of
 * which `onLine` also sees as it comes.
 */
export function run(command, args, { cwd, env, timeoutMs, onLine } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: timeoutMs,
      detached: GROUPS,
    });
    running.add(child);
    let stdout = "";
    const tail = [];
    child.stdout.setEncoding("utf8").on("data", (chunk) => (stdout += chunk));
    createInterface({ input: child.stderr }).on("line", (line) => {
      if (tail.push(line) > 15) tail.shift();
      onLine?.(line);
    });
    const end = (ok) => {
      running.delete(child);
      resolve({ ok, stdout, tail });
    };
    child.on("error", (error) => {
      tail.push(error.message);
      end(false);
    });
    child.on("close", (code) => end(code === 0));
  });
}
