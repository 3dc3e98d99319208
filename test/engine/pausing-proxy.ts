import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { bodyOf, forward } from "../support/forward";

/** What becomes of a request that is held when the line ends. */
export type PausedRequestOutcome = "arrives" | "is lost";

/** A proxy before DynamoDB that can hold chosen requests back until they are let through. */
export interface PausingProxy {
  endpoint: string;
  /** Resolves when `count` requests of the operation on the table are being held. */
  paused(count: number): Promise<void>;
  /** Lets what is held go on, and all that comes later. */
  resume(): void;
  /** Ends the line: what is held arrives still, or is lost; all that comes later is lost. */
  cut(outcome: PausedRequestOutcome): void;
  stop(): Promise<void>;
}

/** Whether a request is held, told its operation and its body. */
export type RequestFilter = (operation: string, body: string) => boolean;

/** Chooses each request of `operation` whose body names `table`. */
export function requestsOf(operation: string, table: string): RequestFilter {
  return (asked, body) => asked === operation && body.includes(`"${table}"`);
}

/** @param chosen asked once for each request, in their order, until the line is open or cut */
export async function pausingProxy(upstream: string, chosen: RequestFilter): Promise<PausingProxy> {
  const waiting: ((outcome: PausedRequestOutcome) => void)[] = [];
  const watchers: { count: number; tell: () => void }[] = [];
  let state: "holding" | "open" | "cut" = "holding";
  const server = createServer(async (incoming, outgoing) => {
    const body = await bodyOf(incoming);
    const operation = String(incoming.headers["x-amz-target"]).split(".")[1] ?? "";
    if (state === "cut") {
      outgoing.destroy();
      return;
    }
    if (state === "holding" && chosen(operation, body)) {
      const outcome = await new Promise<PausedRequestOutcome>((decide) => {
        waiting.push(decide);
        for (const { count, tell } of watchers) if (waiting.length >= count) tell();
      });
      if (outcome === "is lost") {
        outgoing.destroy();
        return;
      }
    }
    forward(upstream, incoming, body, outgoing);
  });
  const end = (next: "open" | "cut", outcome: PausedRequestOutcome) => {
    state = next;
    for (const decide of waiting.splice(0)) decide(outcome);
  };
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    paused: (count) =>
      new Promise((tell) => {
        if (waiting.length >= count) tell();
        else watchers.push({ count, tell });
      }),
    resume: () => end("open", "arrives"),
    cut: (outcome) => end("cut", outcome),
    stop: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}
