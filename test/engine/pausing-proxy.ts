import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { bodyOf, forward } from "../support/forward";

/** What becomes of a request that is held when the line ends. */
export type PausedRequestOutcome = "arrives" | "is lost";

/** A proxy before DynamoDB that can hold chosen requests back until they are let through. */
export interface PausingProxy {
  endpoint: string;
  /** Resolves when `count` requests are being held; one that its client has sent again counts once. */
  paused(count: number): Promise<void>;
  /** Lets what is held go on, and all that comes later. */
  resume(): void;
  /** Ends the line: what is held has arrived when it resolves, or is lost; all that comes later is lost. */
  cut(outcome: PausedRequestOutcome): Promise<void>;
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
  /** Bodies of what is held. */
  const held = new Set<string>();
  const watchers: { count: number; tell: () => void }[] = [];
  /** Requests that are on their way to DynamoDB. */
  const onTheirWay = new Set<Promise<void>>();
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
        held.add(body);
        for (const { count, tell } of watchers) if (held.size >= count) tell();
      });
      if (outcome === "is lost") {
        outgoing.destroy();
        return;
      }
    }
    const arrival = forward(upstream, incoming, body, outgoing);
    onTheirWay.add(arrival);
    await arrival;
    onTheirWay.delete(arrival);
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
        if (held.size >= count) tell();
        else watchers.push({ count, tell });
      }),
    resume: () => end("open", "arrives"),
    async cut(outcome) {
      end("cut", outcome);
      // Who held a request goes on once what decided about it has returned.
      await nextTurn();
      await Promise.all(onTheirWay);
    },
    stop: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}
