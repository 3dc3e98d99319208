import { once } from "node:events";
import type { AddressInfo } from "node:net";
import dynalite from "dynalite";
import { hasJava, startDynamoDBLocal } from "./dynamodb-local";

export interface RunningBackend {
  endpoint: string;
  stop(): Promise<void>;
}

/** A DynamoDB that a contract suite runs on. */
export interface Backend {
  name: string;
  available: boolean;
  /** Whether a failed condition comes back with the item that failed it. */
  returnsOldItem: boolean;
  start(): Promise<RunningBackend>;
}

/** TEST_BACKENDS=embedded leaves the one that needs Java out, where a run repeats many times. */
export const backends: readonly Backend[] = [
  { name: "dynalite", available: true, returnsOldItem: false, start: startDynalite },
  {
    name: "DynamoDB Local",
    available: process.env.TEST_BACKENDS !== "embedded" && hasJava(),
    returnsOldItem: true,
    start: startDynamoDBLocal,
  },
];

async function startDynalite(): Promise<RunningBackend> {
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0 });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/**
 * Runs one suite on every backend. One that can't run here is a skipped test and a warning, so that
 * a green run does not pass for a complete one.
 */
export function onEveryBackend(suite: (backend: Backend, endpoint: () => string) => void): void {
  for (const backend of backends) {
    describe(`on ${backend.name}`, () => {
      if (!backend.available) {
        console.warn(`SKIPPED on ${backend.name}: Java 17 or newer is not on PATH`);
        test.skip("needs Java 17 or newer on PATH", () => {});
        return;
      }
      let running: RunningBackend | undefined;
      beforeAll(async () => {
        running = await backend.start();
      });
      afterAll(() => running?.stop());
      suite(backend, () => running?.endpoint ?? "");
    });
  }
}
