import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { monotonicClock, NEW_TABLE_MS } from "../../../src/aws";
import { match, SwapError } from "../../../src/errors";
import { type Gate, type GateRunOptions, runGates, type Verdict } from "../../../src/readiness";

const client = { config: { region: async () => "eu-west-1" } } as unknown as DynamoDBClient;
const candidate = { client, alias: "orders", version: 5, table: "orders_v5" };
const refused = { ready: false, reason: "half full", fix: "fill it" } as const;

const notReady = (gate: string, reason: unknown) => ({
  code: "swap.not-ready",
  payload: { gate, reason },
});

/** Answers the verdicts in turn, then the last for ever. */
function gate(name: string, verdicts: readonly Verdict[], pauseMs?: number): Gate {
  let asked = 0;
  return {
    name,
    ...(pauseMs !== undefined && { pauseMs }),
    check: async () => verdicts[Math.min(asked++, verdicts.length - 1)] ?? refused,
  };
}

function clocked(run: GateRunOptions = {}) {
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
  await expect(
    runGates(candidate, [gate("g", [refused, { ready: true }])], run),
  ).rejects.toMatchObject({
    code: "swap.not-ready",
    payload: {
      alias: "orders",
      version: 5,
      table: "orders_v5",
      gate: "g",
      reason: "half full",
      fix: "fill it",
    },
  });
  expect(pauses).toEqual([]);
});

test("waiting reports what it waits for, and passes when the gate does", async () => {
  const { pauses, lines, run } = clocked({ waitForMs: 60_000 });
  const late = gate("g", [refused, refused, { ready: true, note: "full" }]);
  expect(await runGates(candidate, [late], run)).toEqual(["g: full"]);
  expect(pauses).toEqual([2_000, 2_000]);
  expect(lines).toEqual([
    expect.stringMatching(/60 s .*\bg: half full$/),
    expect.stringMatching(/58 s .*\bg: half full$/),
    "g: full",
  ]);
});

test("a note that is shown elsewhere is not repeated, unless it was waited for", async () => {
  const { lines, run } = clocked({ waitForMs: 60_000, told: ["a", "b"] });
  const full = { ready: true, note: "full" } as const;
  const gates = [gate("a", [full]), gate("b", [refused, full]), gate("c", [full])];
  expect(await runGates(candidate, gates, run)).toEqual(["a: full", "b: full", "c: full"]);
  expect(lines).toEqual([expect.stringMatching(/\bb: half full$/), "b: full", "c: full"]);
});

test("a gate names its own pause, and the last pause ends with the wait", async () => {
  const { pauses, run } = clocked({ waitForMs: 70_000 });
  await expect(runGates(candidate, [gate("g", [refused], 30_000)], run)).rejects.toMatchObject(
    notReady("g", "half full"),
  );
  expect(pauses).toEqual([30_000, 30_000, 10_000]);
});

test("gates share one wait", async () => {
  const { pauses, run } = clocked({ waitForMs: 5_000 });
  const gates = [gate("a", [refused, { ready: true }], 4_000), gate("b", [refused], 4_000)];
  await expect(runGates(candidate, gates, run)).rejects.toMatchObject(notReady("b", "half full"));
  expect(pauses).toEqual([4_000, 1_000]);
});

test("a refusal that waiting can't change ends the wait", async () => {
  const { pauses, run } = clocked({ waitForMs: 60_000 });
  const gates = [gate("g", [refused, { ...refused, reason: "no key", final: true }])];
  await expect(runGates(candidate, gates, run)).rejects.toMatchObject(notReady("g", "no key"));
  expect(pauses).toEqual([2_000]);
});

const awsError = (name: string, httpStatusCode = 400) =>
  Object.assign(new Error("told by AWS"), { name, $metadata: { httpStatusCode } });

/** Refuses by throwing each time. */
const throwing = (error: unknown): Gate => ({ name: "g", check: () => Promise.reject(error) });

test.each<[string, unknown]>([
  ["a caller who may not ask", awsError("AccessDeniedException")],
  ["credentials that have expired", awsError("ExpiredTokenException")],
  ["a request that DynamoDB refuses", awsError("ValidationException")],
  ["a table other than the version's", awsError("ResourceNotFoundException")],
  ["no credentials", new Error("Could not load credentials from any providers")],
  ["no Region", new Error("Region is missing")],
  ["a fault in a gate", new TypeError("oops")],
  ["an alias that can't be one", new SwapError("swap.alias-invalid", { alias: "", rule: "empty" })],
  [
    "a version that can't be one",
    new SwapError("swap.version-out-of-range", { value: "x", rule: "no", source: "input" }),
  ],
])("%s is not waited for", async (_what, error) => {
  const { pauses, run } = clocked({ waitForMs: 600_000 });
  await expect(runGates(candidate, [throwing(error)], run)).rejects.toMatchObject({
    code: "swap.not-ready",
  });
  expect(pauses).toEqual([]);
});

test.each<[string, unknown]>([
  ["no answer", Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" })],
  ["a time-out", Object.assign(new Error("late"), { name: "TimeoutError" })],
  ["throttling", awsError("ThrottlingException")],
  ["a fault of the service", awsError("InternalServerError", 500)],
  ["a table that is busy", awsError("ResourceInUseException")],
  [
    "keys that stay unprocessed",
    new SwapError("swap.service-error", { action: "BatchGetItem", resource: "t", reason: "busy" }),
  ],
])("%s is waited out", async (_what, error) => {
  const { pauses, run } = clocked({ waitForMs: 5_000 });
  await expect(runGates(candidate, [throwing(error)], run)).rejects.toMatchObject({
    code: "swap.not-ready",
    payload: { gate: "g" },
  });
  expect(pauses).toEqual([2_000, 2_000, 1_000]);
});

describe("a version's table that is not found", () => {
  const missing = { ...refused, missing: true, reason: "not found" } as const;
  const old = { ...candidate, isNew: false };
  const sum = (numbers: number[]) => numbers.reduce((all, each) => all + each, 0);

  test("ends the wait at once if the table can't be new", async () => {
    const { pauses, run } = clocked({ waitForMs: 600_000 });
    await expect(runGates(old, [gate("g", [missing])], run)).rejects.toMatchObject(
      notReady("g", "not found"),
    );
    expect(pauses).toEqual([]);
  });

  test.each([0, 600_000])(
    "is asked for again for a few seconds, waitFor %d ms",
    async (waitForMs) => {
      const { pauses, run } = clocked({ waitForMs });
      await expect(runGates(candidate, [gate("g", [missing])], run)).rejects.toMatchObject(
        notReady("g", "not found"),
      );
      expect(sum(pauses)).toBe(NEW_TABLE_MS);
    },
  );

  test("passes as soon as the table is found", async () => {
    const { pauses, run } = clocked();
    await runGates(candidate, [gate("g", [missing, missing, { ready: true }])], run);
    expect(pauses).toEqual([2_000, 2_000]);
  });
});

test("a clock that is set back or forward moves no deadline", async () => {
  const now = jest.spyOn(Date, "now");
  const { sleep } = clocked().run.clock;
  const clock = { ...monotonicClock, sleep };
  now.mockReturnValueOnce(0).mockReturnValue(3_600_000);
  const late = gate("g", [refused, refused, { ready: true }]);
  expect(await runGates(candidate, [late], { waitForMs: 60_000, clock })).toEqual([]);
  now.mockRestore();
});

test("a gate that throws anything refuses, and later gates are not run", async () => {
  const later = jest.fn();
  const broken: Gate = { name: "broken", check: () => Promise.reject(new TypeError("oops")) };
  const gates = [broken, { name: "later", check: later }];
  const error = await runGates(candidate, gates, clocked().run).catch((thrown: unknown) => thrown);
  if (!match(error, "swap.not-ready")) throw error;
  expect(error.payload).toMatchObject({
    gate: "broken",
    version: 5,
    table: "orders_v5",
    reason: expect.stringMatching(/broken .*"orders_v5".* TypeError: oops$/),
  });
  expect(later).not.toHaveBeenCalled();
});

const interrupted = notReady("g", expect.stringMatching(/^interrupted: .*half full$/));

test("an abort ends the pause, and the refusal is reported as interrupted", async () => {
  const abort = new AbortController();
  const asked = jest.fn(async () => {
    abort.abort();
    return refused;
  });
  const waiting = runGates(candidate, [{ name: "g", check: asked, pauseMs: 3_600_000 }], {
    waitForMs: 7_200_000,
    signal: abort.signal,
  });
  await expect(waiting).rejects.toMatchObject(interrupted);
  const inPause = new AbortController();
  const paused = runGates(candidate, [{ ...gate("g", [refused]), pauseMs: 3_600_000 }], {
    waitForMs: 7_200_000,
    signal: inPause.signal,
    onProgress: () => setImmediate(() => inPause.abort()),
  });
  await expect(paused).rejects.toMatchObject(interrupted);
  expect(asked).toHaveBeenCalledTimes(1);
});
