import "../../support/one-realm";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { getActive, setActive, type WritableControlTableRef } from "../../../src/pointer";
import { type QueuedProxy, startQueuedProxy } from "../../faults/queued";
import type { Backend } from "../../support/backends";
import { clientAt, makeBench } from "./bench";

export interface FaultBench {
  backend: Backend;
  proxy: QueuedProxy;
  /** The table without the proxy. */
  direct(): WritableControlTableRef;
  /** The table through the proxy, or at another endpoint; every write is operation `op`. */
  through(maxAttempts: number, at?: string): WritableControlTableRef;
  /** An alias that no other test uses, without a row. */
  alias(): string;
  /** An alias at version 4. */
  prepared(): Promise<string>;
  /** What the table holds: the live version and the versions of the entries by `op`. */
  truth(name: string): Promise<{ version: number; byOp: number[] }>;
}

/** The truth about an alias prepared and set to 5, and about one that the set did not touch. */
export const applied = { version: 5, byOp: [5] };
export const untouched = { version: 4, byOp: [] };

/** Call inside a describe. */
export function makeFaultBench(backend: Backend, endpoint: () => string): FaultBench {
  const { ref: direct, alias } = makeBench(backend, endpoint);
  const clients: DynamoDBClient[] = [];
  let running: QueuedProxy | undefined;
  const proxy = (): QueuedProxy => {
    if (!running) throw new Error("the proxy runs inside tests alone");
    return running;
  };
  beforeAll(async () => {
    running = await startQueuedProxy(endpoint());
  });
  afterEach(() => {
    running?.reset();
    for (const client of clients.splice(0)) client.destroy();
  });
  afterAll(() => running?.stop());
  return {
    backend,
    direct,
    alias,
    get proxy() {
      return proxy();
    },
    through(maxAttempts, at = proxy().endpoint) {
      const client = clientAt(at, maxAttempts);
      clients.push(client);
      return { ...direct(), client, newOperation: () => "op" };
    },
    async prepared() {
      const name = alias();
      await setActive(direct(), name, 4);
      return name;
    },
    async truth(name) {
      const row = await getActive(direct(), name);
      const ours = row.history.filter((entry) => entry.operation === "op");
      return { version: row.version, byOp: ours.map((entry) => entry.version) };
    },
  };
}
