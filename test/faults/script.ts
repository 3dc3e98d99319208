import fc from "fast-check";
import type { FaultName } from "./fault";

/**
 * A version as a script names it: a number, or so many above the one that the actor saw last. The
 * second keeps histories from being refusals for the most part.
 */
export type VersionPlan = { version: number } | { above: number };

/** What an actor is to do. */
export type Step =
  | { do: "set" | "set with expect" | "set lifting" | "seed" | "foreign set"; to: VersionPlan }
  /** From the version seen last, or one that was not, to one so many below. */
  | { do: "rollback"; from: VersionPlan; down: number }
  /** Of a version that was seen barred, the named one where there was none. */
  | { do: "lift"; bar: number }
  /** Of a version that was permitted to go, the named one where none was seen. */
  | { do: "reopen"; retired: number }
  /** Of any version, most often of one behind. */
  | { do: "delete"; of: VersionPlan }
  | { do: "lose" }
  | { do: "get" | "resolve" | "refresh" }
  | { do: "guard"; of: VersionPlan };

export type StepName = Step["do"];

/** What becomes of one request. */
export interface ScriptedFault {
  fault: FaultName;
  /** Turns of others before it goes on to DynamoDB, before its answer goes back, before it lands late. */
  requestDelay: number;
  responseDelay: number;
  lateBy: number;
}

/** An actor: what it does, one after the other, and the faults of its requests, the n-th of the n-th. */
export interface ActorScript {
  steps: Step[];
  faults: ScriptedFault[];
  /** The SDK's tries of one request. */
  tries: number;
}

/** A history before it is played. */
export interface Script {
  start: "absent" | "ours" | "foreign" | "long";
  /** Characters of each reason and actor: long ones make every move find a row without room. */
  notes: number;
  writers: ActorScript[];
  /** The refreshes of one reader, by two that use it at once. */
  reader: ActorScript & { beside: number };
  /** Who goes next, by turn; the first that waits when they have run out. */
  turns: number[];
}

const version = fc.integer({ min: 1, max: 6 });
const plan: fc.Arbitrary<VersionPlan> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ above: fc.integer({ min: 0, max: 2 }) }) },
  { weight: 2, arbitrary: fc.record({ version }) },
);
const seen = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ above: 0 }) },
  { weight: 1, arbitrary: fc.record({ version }) },
);

const earlier = fc.record({ above: fc.integer({ min: -3, max: 0 }) });

const only = <N extends StepName>(name: N) => fc.record({ do: fc.constant(name) });
const to = <N extends StepName>(name: N) => fc.record({ do: fc.constant(name), to: plan });

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: to("set") },
  { weight: 4, arbitrary: to("set with expect") },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("rollback" as const),
      from: seen,
      down: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("lift" as const), bar: version }) },
  { weight: 3, arbitrary: only("get") },
  { weight: 1, arbitrary: only("resolve") },
  { weight: 3, arbitrary: to("foreign set") },
  { weight: 1, arbitrary: to("seed") },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("guard" as const), of: earlier }) },
  { weight: 3, arbitrary: to("set lifting") },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("delete" as const),
      of: fc.oneof({ weight: 3, arbitrary: earlier }, { weight: 2, arbitrary: plan }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("reopen" as const), retired: version }) },
  { weight: 1, arbitrary: only("lose") },
);

// The first is what a failing history shrinks to.
const fault = fc.constantFrom<FaultName>(
  ...(Array(16).fill("pass") as FaultName[]),
  "lose request",
  "lose response",
  "lose response",
  "reset before",
  "reset after",
  "cut body",
  "blank",
  "blank after",
  "fail",
  "fail after",
  "throttle",
  "deny",
  "late",
  "late",
);

const delay = fc.constantFrom(0, 0, 0, 1, 2, 4);

const scriptedFault: fc.Arbitrary<ScriptedFault> = fc.record({
  fault,
  requestDelay: delay,
  responseDelay: delay,
  // Soon, while its client tries again, or long after the caller got an answer.
  lateBy: fc.constantFrom(1, 2, 4, 8, 20, 30, 40),
});

const tries = fc.constantFrom(1, 2, 3);

const writer: fc.Arbitrary<ActorScript> = fc.record({
  steps: fc.array(step, { minLength: 1, maxLength: 6 }),
  faults: fc.array(scriptedFault, { maxLength: 24 }),
  tries,
});

/** Random histories. */
export const scripts: fc.Arbitrary<Script> = fc.record({
  start: fc.constantFrom("absent", "ours", "foreign", "long"),
  notes: fc.constantFrom(0, 60, 256),
  writers: fc.array(writer, { minLength: 2, maxLength: 3 }),
  reader: fc.record({
    steps: fc.array(only("refresh"), { maxLength: 4 }),
    beside: fc.integer({ min: 0, max: 2 }),
    faults: fc.array(scriptedFault, { maxLength: 8 }),
    tries,
  }),
  turns: fc.array(fc.nat(11), { maxLength: 120 }),
});
