import type { SwapError } from "../errors";
import { defined } from "../validation";
import { type Environment, elapsed, type Instant } from "./environment";
import type { ReaderCounters, ReaderStatus } from "./events";
import type { Snapshot } from "./snapshot";

/** The parts of a resolver that its status is computed from. */
interface StatusSource {
  alias: string;
  controlTable: string;
  environment: Environment;
  counters: ReaderCounters;
  cached: { snapshot: Snapshot; validatedAt: Instant } | undefined;
  lastError: SwapError | undefined;
}

export function readerStatus(facts: StatusSource): ReaderStatus {
  const { alias, controlTable, counters, cached, lastError } = facts;
  return {
    alias,
    controlTable,
    counters,
    ...(cached && gaugesOf(cached, facts.environment)),
    ...defined({ lastError }),
  };
}

function gaugesOf(
  { snapshot, validatedAt }: NonNullable<StatusSource["cached"]>,
  environment: Environment,
) {
  const { version, table, activatedAt } = snapshot;
  return {
    activeVersion: version,
    activeTable: table,
    // A seed has the time 0, which is no activation time.
    ...(activatedAt && { pointerAgeMs: Math.max(0, environment.wall() - activatedAt) }),
    lastRefreshAt: validatedAt.wall,
    stalenessMs: elapsed(environment, validatedAt),
  };
}
