import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { match } from "../../../src/errors";
import { type Gate, type GateRun, passGates, type Verdict } from "../../../src/readiness";

const candidate = { client: {} as DynamoDBClient, alias: "orders", version: 5, table: "orders_v5" };
const refused = { ready: false, reason: "half full", fix: "fill it" } as const;

/** Answers the verdicts in turn, then the last for ever. */
function gate(name: string, verdicts: readonly Verdict[], pauseMs?: number): Gate {
  let asked = 0;
  return {
    name,
    ...(pauseMs !== undefined && { pauseMs }),
    check: async () => verdicts[Math.min(asked++, verdicts.length - 1)] ?? refused,
  };
}

function clocked(run: GateRun = {}) {
  let now = 1_000_000;
  const pauses: number[] = [];
  const lines: string[] = [];
  const clock = {
    now: () => now,
    async sleep(ms: number) {
      pauses.push(ms);
      now += ms;
    },
  };
  return { pauses, lines, run: { ...run, clock, onProgress: (line: string) => lines.push(line) } };
}

test("a gate that refuses is asked once unless it is waited for", async () => {
  const { pauses, run } = clocked();
  await expect(passGates(candidate, [gate("g", [refused, { ready: true }])], run)).rejects.toThrow(
    'version 5 of alias "orders" is not ready (gate g): half full',
  );
  expect(pauses).toEqual([]);
});

test("waiting tells what it waits for, and passes when the gate does", async () => {
  const { pauses, lines, run } = clocked({ waitForMs: 60_000 });
  const late = gate("g", [refused, refused, { ready: true, note: "full" }]);
  expect(await passGates(candidate, [late], run)).toEqual(["g: full"]);
  expect(pauses).toEqual([2_000, 2_000]);
  expect(lines).toEqual([
    "waiting up to 60 s for gate g: half full",
    "waiting up to 58 s for gate g: half full",
    "g: full",
  ]);
});

test("a gate names its own pause, and the last pause ends with the wait", async () => {
  const { pauses, run } = clocked({ waitForMs: 70_000 });
  await expect(passGates(candidate, [gate("g", [refused], 30_000)], run)).rejects.toThrow();
  expect(pauses).toEqual([30_000, 30_000, 10_000]);
});

test("gates share one wait", async () => {
  const { pauses, run } = clocked({ waitForMs: 5_000 });
  const gates = [gate("a", [refused, { ready: true }], 4_000), gate("b", [refused], 4_000)];
  await expect(passGates(candidate, gates, run)).rejects.toThrow("(gate b)");
  expect(pauses).toEqual([4_000, 1_000]);
});

test("a refusal that waiting can't change ends the wait", async () => {
  const { pauses, run } = clocked({ waitForMs: 60_000 });
  const gates = [gate("g", [refused, { ...refused, reason: "no key", final: true }])];
  await expect(passGates(candidate, gates, run)).rejects.toThrow("no key");
  expect(pauses).toEqual([2_000]);
});

test("a gate that throws refuses, whatever it throws, and later gates are not asked", async () => {
  const later = jest.fn();
  const broken: Gate = { name: "broken", check: () => Promise.reject(new TypeError("oops")) };
  const gates = [broken, { name: "later", check: later }];
  const error = await passGates(candidate, gates, clocked().run).catch((thrown: unknown) => thrown);
  if (!match(error, "swap.not-ready")) throw error;
  expect(error.payload).toMatchObject({
    gate: "broken",
    version: 5,
    table: "orders_v5",
    reason: 'the gate failed: gate broken on "orders_v5" failed: TypeError: oops',
  });
  expect(later).not.toHaveBeenCalled();
});

test("an abort ends the pause at hand, and the refusal stands", async () => {
  const abort = new AbortController();
  const asked = jest.fn(async () => {
    abort.abort();
    return refused;
  });
  const waiting = passGates(candidate, [{ name: "g", check: asked, pauseMs: 3_600_000 }], {
    waitForMs: 7_200_000,
    signal: abort.signal,
  });
  await expect(waiting).rejects.toThrow("half full");
  const inPause = new AbortController();
  const paused = passGates(candidate, [{ ...gate("g", [refused]), pauseMs: 3_600_000 }], {
    waitForMs: 7_200_000,
    signal: inPause.signal,
    onProgress: () => setImmediate(() => inPause.abort()),
  });
  await expect(paused).rejects.toThrow("half full");
  expect(asked).toHaveBeenCalledTimes(1);
});
