import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import dynalite from "dynalite";
import { lacksPython } from "../../tools/local-aws/ministack/install";
import { startMiniStack } from "../../tools/local-aws/ministack/start";
import { bodyOf, forward } from "./forward";

export interface RunningBackend {
  endpoint: string;
  stop(): Promise<void>;
}

/** A DynamoDB that a contract suite runs on. What it does otherwise than AWS is named here. */
export interface Backend {
  name: string;
  /** Why it can't run here. */
  unavailable?: string | undefined;
  /** Whether a failed condition comes back with the item that failed it. */
  returnsOldItem: boolean;
  transactions: boolean;
  /** Whether a batch reports the capacity that it consumed. */
  batchCapacity: boolean;
  /** Whether the capacity that a request consumed grows with what it read. */
  measuresCapacity: boolean;
  /** Whether number keys that are written in different ways, such as 5 and 5.0, are one key. */
  comparesNumberKeys: boolean;
  start(): Promise<RunningBackend>;
}

const DYNALITE: Backend = {
  name: "dynalite",
  returnsOldItem: false,
  transactions: false,
  batchCapacity: true,
  measuresCapacity: true,
  comparesNumberKeys: true,
  start: startDynalite,
};

const MINISTACK: Backend = {
  name: "MiniStack",
  unavailable: lacksPython(),
  returnsOldItem: true,
  transactions: true,
  batchCapacity: false,
  measuresCapacity: false,
  comparesNumberKeys: false,
  start: startMiniStack,
};

/** Endpoint of a DynamoDB Local, in memory, without -sharedDb: each access key has a separate database. */
export const namedDynamoDB = process.env.TEST_DYNAMODB_ENDPOINT || undefined;

const NAMED: Backend = {
  name: `the DynamoDB at ${namedDynamoDB}`,
  returnsOldItem: true,
  transactions: true,
  batchCapacity: true,
  measuresCapacity: true,
  comparesNumberKeys: true,
  start: startNamedDynamoDB,
};

/**
 * dynalite and MiniStack, a server of each for each test file; and the DynamoDB that TEST_DYNAMODB_ENDPOINT
 * names. TEST_BACKENDS=embedded leaves only dynalite, where a run repeats many times.
 */
export const backends: readonly Backend[] = [
  DYNALITE,
  ...(process.env.TEST_BACKENDS === "embedded" ? [] : [MINISTACK]),
  ...(namedDynamoDB ? [NAMED] : []),
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

/** A proxy before the named DynamoDB that gives all requests one access key, which no other proxy uses. */
export async function startNamedDynamoDB(): Promise<RunningBackend> {
  const upstream = namedDynamoDB ?? "";
  const key = `test${randomBytes(8).toString("hex")}`;
  const server = createServer(async (incoming, out) => {
    const { authorization } = incoming.headers;
    if (authorization)
      incoming.headers.authorization = authorization.replace(
        /Credential=[^/]*/,
        `Credential=${key}`,
      );
    await forward(upstream, incoming, await bodyOf(incoming), out);
  }).listen(0, "127.0.0.1");
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
 *
 * @param needs what all tests of the suite need of a backend; one without it is a skipped test
 */
export function onEveryBackend(
  suite: (backend: Backend, endpoint: () => string) => void,
  needs?: "comparesNumberKeys",
): void {
  for (const backend of backends) {
    describe(`on ${backend.name}`, () => {
      if (needs && !backend[needs]) {
        test.skip(`needs a backend that ${needs}`, () => {});
        return;
      }
      if (backend.unavailable !== undefined) {
        console.warn(`SKIPPED on ${backend.name}: ${backend.unavailable}`);
        test.skip(backend.unavailable, () => {});
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
