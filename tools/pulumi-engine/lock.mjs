import {
  closeSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeSync,
} from "node:fs";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { heartbeat, say } from "./say.mjs";

const TOUCH_MS = 5_000;
const STALE_MS = 30_000;
const POLL_MS = 200;

export function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** Runs `work` while holding the lock file, waiting for another holder as long as that one lives. */
export async function withLock(file, work) {
  let stopWaiting;
  try {
    while (!take(file)) {
      if (isStale(file)) steal(file);
      else {
        if (!stopWaiting) {
          say(
            `another process (pid ${holder(file)?.pid ?? "unknown"}) is getting the same engine; waiting for it`,
          );
          stopWaiting = heartbeat(() => "waiting");
        }
        await sleep(POLL_MS);
      }
    }
  } finally {
    stopWaiting?.();
  }
  const touch = setInterval(() => {
    try {
      utimesSync(file, new Date(), new Date());
    } catch {
      // Losing the lock does not stop the work: the final rename decides which result is used.
    }
  }, TOUCH_MS);
  touch.unref();
  const release = () => {
    if (holder(file)?.pid === process.pid) rmSync(file, { force: true });
  };
  process.on("exit", release);
  try {
    return await work();
  } finally {
    clearInterval(touch);
    process.off("exit", release);
    release();
  }
}

function take(file) {
  try {
    const handle = openSync(file, "wx");
    writeSync(handle, JSON.stringify({ pid: process.pid, host: hostname() }));
    closeSync(handle);
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
}

function holder(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

/** A killed holder leaves its file: found by its process id here, by the file's age on other machines. */
function isStale(file) {
  try {
    const old = Date.now() - statSync(file).mtimeMs > STALE_MS;
    const who = holder(file);
    return old || (who?.host === hostname() && !isAlive(who.pid));
  } catch {
    return false;
  }
}

function steal(file) {
  const aside = `${file}.${process.pid}`;
  try {
    renameSync(file, aside);
    rmSync(aside, { force: true });
  } catch {
    // Another process removed it first, which is fine.
  }
}
