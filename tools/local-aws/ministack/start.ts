import { type ChildProcess, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { checkout, installMiniStack } from "./install";

/** A running MiniStack. */
export interface MiniStack {
  /** Of every service. */
  endpoint: string;
  /** The process that starts those of the Lambda functions. */
  pid: number;
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 60_000;

/** Stops when standard input closes, that is when the process that started it goes away. */
const WITH_PARENT = `
import os, signal, sys, threading
def watch():
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)
threading.Thread(target=watch, daemon=True).start()
from ministack.app import main
main()
`;

/**
 * Starts MiniStack, in memory, on a free port of 127.0.0.1, and installs it before if it isn't there.
 *
 * A request's access key, if it has 12 digits, names its account; every other key is account 000000000000.
 * Lambda functions run on the `node` on PATH and find the AWS SDK of this checkout, as in Lambda's own runtime.
 *
 * @param functionsEndpoint where functions send their requests; default: to MiniStack itself
 * @param waitScale by which pauses of state machines, between tries too, are multiplied
 * @throws Error when it can't be installed or does not answer within 60 s, with what it printed
 */
export async function startMiniStack({
  functionsEndpoint,
  waitScale = 1,
}: {
  functionsEndpoint?: string;
  waitScale?: number;
} = {}): Promise<MiniStack> {
  const python = await installMiniStack();
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "pulumi-swap-ministack-"));
  // Nothing else of the environment: it could hold credentials, or settings of another MiniStack.
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    TMPDIR: folder,
    GATEWAY_PORT: String(port),
    BIND_HOST: "127.0.0.1",
    IOT_MTLS_ENABLED: "0",
    SFN_WAIT_SCALE: String(waitScale),
    LOG_LEVEL: "WARNING",
    NODE_PATH: join(checkout(), "node_modules"),
    ...(functionsEndpoint !== undefined && { AWS_ENDPOINT_URL: functionsEndpoint }),
  };
  const child = spawn(python, ["-c", WITH_PARENT], { cwd: folder, env });
  const printed: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (data) => {
      printed.push(String(data));
      if (printed.length > 100) printed.shift();
    });
  const stop = async () => {
    const exited = child.exitCode ?? child.signalCode ?? once(child, "exit");
    child.kill("SIGKILL");
    await exited;
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  const endpoint = `http://127.0.0.1:${port}`;
  try {
    await answering(endpoint, child);
  } catch (error) {
    await stop();
    throw new Error(`MiniStack ${(error as Error).message}\n${printed.join("")}`);
  }
  return { endpoint, pid: child.pid as number, stop };
}

async function answering(endpoint: string, child: ChildProcess): Promise<void> {
  for (const start = Date.now(); Date.now() - start < START_TIMEOUT_MS; await sleep(50)) {
    if (child.exitCode !== null) throw new Error(`exited with ${child.exitCode}`);
    const answer = await fetch(`${endpoint}/_ministack/health`).catch(() => undefined);
    if (answer?.ok) return;
  }
  throw new Error(`did not answer within ${START_TIMEOUT_MS / 1000} s`);
}

/**
 * Of those that no system hands out by itself: MiniStack takes a second until it listens, and meanwhile another
 * process's connection could get one that was free.
 */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 12_000 + randomInt(20_000);
    const server = createServer().listen(port, "127.0.0.1");
    const free = await once(server, "listening").then(
      () => true,
      () => false,
    );
    if (!free) continue;
    server.close();
    await once(server, "close");
    return port;
  }
}
