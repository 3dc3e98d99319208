import type { Answer, FaultName } from "./fault";
import { startFaultProxy, type Verdict } from "./proxy";

/** A fault for one request, or what has to happen first and which fault it is then. */
export type QueuedFault =
  | FaultName
  /** Lost as the plain ones, but only once something else has happened. */
  | { loseRequestAfter: () => Promise<unknown> }
  | { loseResponseAfter: () => Promise<unknown> };

/** A proxy whose faults a test names one by one. */
export interface QueuedProxy {
  endpoint: string;
  /** The names of the requests that arrived, in order. */
  seen: string[];
  /** Faults for the next requests of an operation, in turn, then one for all that follow. */
  plan(operation: string, faults: readonly QueuedFault[], then?: QueuedFault): void;
  /** Delivers the late requests and tells the status that DynamoDB answered to each. */
  deliver(): Promise<number[]>;
  /** Forgets all plans and what was seen. */
  reset(): void;
  stop(): Promise<void>;
}

export async function startQueuedProxy(upstream: string): Promise<QueuedProxy> {
  const plans = new Map<string, { faults: QueuedFault[]; then: QueuedFault }>();
  const seen: string[] = [];
  const late: (() => Promise<Answer>)[] = [];

  async function judge({ operation }: { operation: string }): Promise<Verdict> {
    seen.push(operation);
    const plan = plans.get(operation);
    const fault = plan?.faults.shift() ?? plan?.then ?? "pass";
    if (typeof fault === "string") return { fault, late: (deliver) => late.push(deliver) };
    if ("loseResponseAfter" in fault)
      return { fault: "lose response", beforeAnswer: fault.loseResponseAfter };
    await fault.loseRequestAfter();
    return { fault: "lose request" };
  }

  // What fails here leaves the client without an answer, which the test then tells.
  const proxy = await startFaultProxy(upstream, judge, () => {});
  return {
    endpoint: proxy.endpointOf(""),
    seen,
    plan: (operation, faults, then = "pass") => plans.set(operation, { faults: [...faults], then }),
    deliver: async () => {
      const statuses: number[] = [];
      for (const deliver of late.splice(0)) statuses.push((await deliver()).status);
      return statuses;
    },
    reset: () => {
      plans.clear();
      seen.length = 0;
      late.length = 0;
    },
    stop: () => proxy.stop(),
  };
}
