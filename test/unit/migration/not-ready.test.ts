import {
  DEFAULT_BOUNDS,
  type MigrationFacts,
  notReady,
  notReadyToGoBack,
  type ReplayCall,
  type ReplayFailure,
  replayFigures,
  resumeBy,
  type StartedFacts,
  spanText,
} from "../../../src/migration";
import { CLOCK_SKEW_MS } from "../../../src/validation";
import { HOUR, NOW, ready, START, verification } from "./facts";

const judged = (facts: MigrationFacts, now = NOW, from: number | undefined = 3) =>
  notReady(facts, { alias: "orders", from }, DEFAULT_BOUNDS, now);
const started = (more: Partial<StartedFacts["started"]>) => ({
  ...ready,
  started: { ...ready.started, ...more },
});
const verified = (more: Partial<typeof verification>) => ({
  ...ready,
  verification: { ...verification, ...more },
});
const replayed = (more: object) => ({
  ...ready,
  replay: {
    ...ready.replay,
    minutes: ready.replay.minutes.map((minute) => ({ ...minute, ...more })),
  },
});
const note = { by: "alice", at: NOW - 1_000, reason: "peak hours" };
const failure = { sequence: "1", since: NOW - 5_000, lastAt: NOW, reason: "denied" };

const stale = { changedAt: NOW - HOUR, lastAt: NOW - 1_800_001 };
const expired = { changedAt: NOW - 24 * HOUR };
const withFailing = (...failing: ReplayFailure[]): StartedFacts => ({
  ...ready,
  replay: { ...ready.replay, failing },
});
const withRunning = (call: Pick<ReplayCall, "since" | "lastAt">): StartedFacts => ({
  ...ready,
  replay: { ...ready.replay, running: [{ sequence: "1", changedAt: call.since, ...call }] },
});
/** A replay with a batch that waits for a pause, whose oldest change was made at a time. */
const waitingSince = (changedAt: number): StartedFacts => ({
  ...ready,
  replay: {
    ...ready.replay,
    running: [{ sequence: "1", changedAt, since: NOW - 60_000, lastAt: NOW - 1_000 }],
  },
});
const newestAt = (at: number | undefined): StartedFacts => ({
  ...ready,
  replay: { ...ready.replay, newestAt: at },
});

const proof = { at: NOW - 1, sampled: 9, changed: 0, failed: 0, lossy: false };
const goingBack = (
  more: Partial<typeof proof & { failure: string; late: true; example: string }> = {},
) => ({
  ...ready,
  wayBack: { inverse: "same", proof: { ...proof, ...more } },
  reverse: ready.replay,
});
const unsettled: Partial<StartedFacts> = {
  strays: [{ sequence: "1", version: 3, key: {}, deleted: false, at: NOW }],
  parked: [{ sourceKey: {}, kind: "transform", reason: "no way back", back: true, at: NOW }],
};

test("where writes go back, nothing keeps the version once that is proven", () => {
  expect(judged(goingBack())).toEqual([]);
  expect(judged(goingBack({ changed: 2, lossy: true }))).toEqual([]);
});

test.each<[number, string, MigrationFacts]>([
  [0, "a way back that is proven", goingBack()],
  [0, "changes of others", { ...goingBack(), strays: unsettled.strays ?? [] }],
  [1, "no way back", ready],
  [1, "a way back that is not proven", { ...ready, wayBack: { inverse: "same" } }],
  [1, "a paused run", { ...goingBack(), control: { paused: note } }],
  [1, "a cancelled run", { ...goingBack(), control: { cancelled: note } }],
  [
    1,
    "a stream that is behind",
    { ...goingBack(), reverse: replayed({ maxLagMs: 31_000 }).replay },
  ],
  [
    1,
    "a lag that is unknown",
    { ...goingBack(), reverse: replayed({ maxLagMs: undefined }).replay },
  ],
  [
    1,
    "a stream of which nothing is recorded",
    { ...goingBack(), verification: undefined, reverse: { minutes: [], failing: [], running: [] } },
  ],
  [1, "a proof that failed", goingBack({ failure: "denied" })],
  [1, "items that did not come back", goingBack({ failed: 1, lossy: true })],
  [
    1,
    "a replay that has not begun",
    { ...goingBack(), started: started({ replayFrom: undefined }).started },
  ],
  [1, "a replay that fails", { ...goingBack(), replay: withFailing(failure).replay }],
  [1, "a key that could not go back", { ...goingBack(), parked: unsettled.parked ?? [] }],
])("%d things keep a rollback from keeping writes: %s", (count, _what, facts) => {
  expect(notReadyToGoBack(facts, "orders", DEFAULT_BOUNDS, NOW)).toHaveLength(count);
});

test("where the inverse came too late, a rollback is advised to leave migrateFrom out", () => {
  const late = goingBack({ failure: "active", late: true });
  const [back] = notReadyToGoBack(late, "orders", DEFAULT_BOUNDS, NOW);
  expect(back).toMatchObject({ fix: expect.stringMatching(/migrateFrom out.*rolls back/) });
});

test("what others wrote to the version that was not active is settled by a verification after it", () => {
  const { strays, parked } = unsettled;
  const reasons = (msBefore: number) => {
    const at = verification.startedAt - msBefore;
    const recorded = (entries: readonly { at: number }[] | undefined) =>
      entries?.map((each) => ({ ...each, at })) as never;
    return judged({ ...ready, strays: recorded(strays), parked: recorded(parked) });
  };
  expect(reasons(CLOCK_SKEW_MS + 1)).toEqual([]);
  // The clock of the machine that verified may be a minute ahead of the function's.
  expect(reasons(CLOCK_SKEW_MS)).toHaveLength(reasons(-1).length);
  expect(reasons(-1).length).toBeGreaterThan(0);
});

test("nothing keeps a version from going live whose migration is ready", () => {
  expect(judged(ready)).toEqual([]);
});

test("changes after the verification began don't: the drain of the switch compares them", () => {
  for (const at of [verification.startedAt + 1, verification.startedAt - 999, undefined])
    expect(judged(newestAt(at))).toEqual([]);
});

test("a bound that is left out asks for no verification", () => {
  const unverified = { ...ready, verification: undefined };
  const bounds = { lagMs: DEFAULT_BOUNDS.lagMs };
  expect(notReady(unverified, { alias: "orders", from: 3 }, bounds, NOW)).toEqual([]);
});

test.each<[string, MigrationFacts, number?]>([
  ["a copy that is not recorded", { ...ready, started: undefined } as MigrationFacts],
  ["a copy of one process", started({ engine: undefined })],
  ["a copy of another version than the active one", started({ from: 2 })],
  ["a cancelled run", { ...ready, control: { cancelled: note } }],
  ["a paused run", { ...ready, control: { paused: note } }],
  ["a segment that is not done", { ...ready, segments: ready.segments.slice(1) }],
  ["a replay that has not begun", started({ replayFrom: undefined })],
  ["a way back that is not proven yet", { ...ready, wayBack: { inverse: "same" } }],
  ["a way back that can't be proven", goingBack({ failure: "denied" })],
  ["a way back that began too late", goingBack({ failure: "active before", late: true })],
  [
    "items that come back changed",
    goingBack({ changed: 2, example: "k1 comes back as another item" }),
  ],
  [
    "items that don't come back",
    goingBack({ failed: 1, changed: 1, lossy: true, example: "k1 does not come back" }),
  ],
  [
    "a stream of the new version that fails",
    { ...goingBack(), reverse: { ...ready.replay, failing: [failure] } },
  ],
  [
    "a stream of the new version that is behind",
    { ...goingBack(), reverse: replayed({ maxLagMs: 31_000 }).replay },
  ],
  ["a change of others", { ...ready, strays: unsettled.strays ?? [] }],
  ["a key that can't go back", { ...ready, parked: unsettled.parked ?? [] }],
  [
    "a key that can't go back, where the inverse loses something",
    { ...goingBack({ lossy: true }), parked: unsettled.parked ?? [] },
  ],
  ["a parked key", { ...ready, parked: [{ sourceKey: {}, kind: "refused", reason: "x", at: 1 }] }],
  ["a batch that fails", withFailing(failure)],
  ["a batch that fails, and was not tried for half an hour", withFailing({ ...failure, ...stale })],
  ["a batch that failed until the stream lost it", withFailing({ ...failure, ...expired })],
  ["a batch whose calls are killed", withRunning({ since: NOW - 960_001, lastAt: NOW - 1 })],
  ["a change that is not applied", withRunning({ since: NOW - 31_000, lastAt: NOW - 31_000 })],
  ["a lag above the bound", replayed({ maxLagMs: 30_001 })],
  ["an unknown lag", replayed({ maxLagMs: undefined })],
  ["no verification", { ...ready, verification: undefined }],
  ["a verification that is not finished", verified({ done: false })],
  ["a verification that could not compare all", verified({ complete: false })],
  ["a verification of another version", verified({ from: 2 })],
  ["a verification with another transform", verified({ transform: "0123456789abcdef" })],
  ["a verification of another table", verified({ tables: { source: "s", target: "t2" } })],
  ["a verification of tables without identity", verified({ tables: { source: "", target: "" } })],
  ["a verification before the replay", verified({ startedAt: START + HOUR + 59_999 })],
  ["a verification from the future", verified({ startedAt: NOW + 60_001 })],
  ["a verification of an empty target", verified({ targetItems: 0 })],
  ["a verification of a copy that left out each item", verified({ leftOut: 10, targetItems: 0 })],
  ["a verification that is too old", ready, START + 3 * HOUR + 1],
  ["differences", verified({ counts: { ...verification.counts, missing: 1 } })],
  [
    "differences, where writes go back",
    {
      ...goingBack(),
      verification: { ...verification, counts: { ...verification.counts, missing: 1 } },
    },
  ],
  [
    "differences, where the inverse loses something",
    {
      ...goingBack({ lossy: true }),
      verification: { ...verification, counts: { ...verification.counts, missing: 1 } },
    },
  ],
])("not ready: %s", (_what, facts, now = NOW) => {
  const found = judged(now === NOW ? facts : replayedAt(facts as StartedFacts, now), now);
  expect(found).toHaveLength(1);
  expect(found).toMatchSnapshot();
});

/** The facts with a batch that was applied just before. */
const replayedAt = (facts: StartedFacts, now: number): StartedFacts => ({
  ...facts,
  replay: {
    ...facts.replay,
    failing: [],
    minutes: [
      {
        minute: Math.floor(now / 60_000),
        batches: 1,
        records: 1,
        maxLagMs: 1,
        failures: 0,
        lastAt: now,
      },
    ],
  },
});

test("no active version is not the one that was copied", () => {
  expect(notReady(ready, { alias: "orders", from: undefined }, DEFAULT_BOUNDS, NOW)).toHaveLength(
    1,
  );
});

test("a verification is evidence for as long as it counts, also of a table that is quiet since", () => {
  const quiet = { ...ready, replay: { minutes: [], failing: [], running: [] } };
  expect(judged(quiet, verification.startedAt + HOUR)).toEqual([]);
  expect(judged(quiet, verification.startedAt + HOUR + 1)).toHaveLength(1);
  const before = replayed({
    lastAt: verification.startedAt - CLOCK_SKEW_MS - 1,
    minute: 1,
    maxLagMs: HOUR,
  });
  expect(judged({ ...before, verification: { ...verification, done: false } })).toHaveLength(2);
  expect(judged(before)).toEqual([]);
});

test("of several failures, one that waiting can't help comes first", () => {
  const { sequence } = failure;
  const found = judged(withFailing(failure, { ...failure, sequence: `${sequence}0`, ...expired }));
  expect(found).toMatchObject([{ final: true, fix: expect.stringContaining("migrateFrom") }]);
});

test("a verification without differences settles batches whose calls had ended before it", () => {
  const settledAt = verification.startedAt - 960_000;
  for (const [lastAt, open] of [
    [settledAt - 1, 0],
    [settledAt, 1],
  ] as const) {
    expect(judged(withFailing({ ...failure, ...expired, lastAt }))).toHaveLength(open);
    expect(judged(withRunning({ since: lastAt, lastAt }))).toHaveLength(open);
  }
  const differs = { ...verification, counts: { ...verification.counts, extra: 1 } };
  const facts = withFailing({ ...failure, lastAt: settledAt - 1 });
  expect(judged({ ...facts, verification: differs })).toHaveLength(2);
});

test("a batch that waits for a paused run is no failure, and its lag is its age", () => {
  const waiting = withRunning({ since: NOW - 2_000_000, lastAt: NOW - 2_000_000 });
  const [held, lag] = judged({ ...waiting, control: { paused: note } });
  expect(held?.reason).toContain("paused");
  expect(lag?.reason).toContain("lag in the last 5 minutes is 33 min 20 s");
});

test("a pause that can't be resumed is refused for good", () => {
  const paused = (ms: number, more: Partial<StartedFacts> = {}) =>
    judged({ ...ready, ...more, control: { paused: { ...note, at: NOW - ms } } })[0];
  const final = { final: true, fix: expect.stringMatching(/^cancel it, .*declare it again$/) };
  expect(paused(23 * HOUR - 1)).not.toHaveProperty("final");
  expect(paused(23 * HOUR)).toMatchObject(final);
  expect(paused(1, waitingSince(NOW - 23 * HOUR + 1))).not.toHaveProperty("final");
  expect(paused(1, waitingSince(NOW - 23 * HOUR))).toMatchObject(final);
  expect(paused(1, { reverse: waitingSince(NOW - 23 * HOUR).replay })).toMatchObject(final);
});

describe("a paused replay has to be resumed before the stream drops what it holds", () => {
  const at = NOW - HOUR;
  const by = (more: Partial<StartedFacts>, now = NOW, pausedAt = at) =>
    resumeBy({ ...ready, ...more, control: { paused: { ...note, at: pausedAt } } }, 0, now);
  const behind = (ms: number | undefined, lastAt: number) =>
    replayed({ lastAt, maxLagMs: ms, minute: Math.floor(lastAt / 60_000) });

  test("which is the oldest change of the batches that wait, in either stream", () => {
    const waiting = waitingSince(at - 20 * HOUR);
    expect(by(waiting)).toBe(at + 3 * HOUR);
    expect(by({ reverse: waiting.replay })).toBe(at + 3 * HOUR);
    expect(by(withFailing({ ...failure, changedAt: at - 20 * HOUR }))).toBe(at + 3 * HOUR);
    expect(by(waitingSince(at + 1))).toBe(at + 23 * HOUR);
  });

  test("which is unknown where a batch that waits has no time", () => {
    expect(by(withFailing(failure))).toBeUndefined();
    expect(by(behind(undefined, NOW - 60_000))).toBeUndefined();
  });

  test("which is no batch that was given up before the pause", () => {
    const call = { ...failure, changedAt: at - 20 * HOUR };
    expect(by(withFailing({ ...call, lastAt: at - HOUR / 2 - 1 }))).toBe(at + 23 * HOUR);
    expect(by(withFailing({ ...call, lastAt: at - HOUR / 2 }))).toBe(at + 3 * HOUR);
  });

  test("which is as old as what was applied last, until no batch has come for 5 minutes", () => {
    const paused = (lastAt: number, now: number) =>
      by(behind(20 * HOUR, lastAt), now, lastAt + 1_000);
    expect(paused(at, at + 299_999)).toBe(at + 3 * HOUR);
    expect(paused(at, at + 300_000)).toBe(at + 1_000 + 23 * HOUR);
    const none = { ...ready.replay, minutes: [] };
    const replayFrom = at - 1_000;
    const begun = (now: number) => by({ ...started({ replayFrom }), replay: none }, now);
    expect(begun(replayFrom + 299_999)).toBe(START + 23 * HOUR);
    expect(begun(replayFrom + 300_000)).toBe(at + 23 * HOUR);
  });

  test("which is nothing where no change was made for a day", () => {
    const now = NOW + 30 * HOUR;
    const control = { paused: { ...note, at: now - 60_000 } };
    expect(resumeBy({ ...ready, control }, 0, now)).toBe(now - 60_000 + 23 * HOUR);
    expect(judged({ ...ready, control }, now)[0]).not.toHaveProperty("final");
  });
});

test.each([
  [2, /declare migrateFrom: \{ version: 2 \}$/],
  [5, /greater than the active one/],
  [undefined, /activate version 3 first/],
])("while version %s is active, the fix names a way out", (from, fix) => {
  const [refusal] = notReady(ready, { alias: "orders", from }, DEFAULT_BOUNDS, NOW);
  expect(refusal).toMatchObject({ final: true, fix: expect.stringMatching(fix) });
});

test("a copy that ended, or a replay that began, too late is refused for good", () => {
  const deadline = START + 23 * HOUR;
  const now = deadline + HOUR;
  const at = (savedAt: number, replayFrom: number | undefined) => {
    const facts: StartedFacts = {
      ...started({ replayFrom }),
      segments: ready.segments.map((each) => ({ ...each, savedAt })),
      verification: { ...verification, startedAt: now - 60_000 },
    };
    return judged(replayedAt(facts, now), now);
  };
  expect(at(deadline - 1, deadline + 899_999)).toEqual([]);
  for (const late of [
    at(deadline, deadline + 899_999),
    at(deadline - 1, deadline + 900_000),
    at(deadline - HOUR, START + 30 * HOUR),
    at(deadline - HOUR, undefined),
  ])
    expect(late).toContainEqual(expect.objectContaining({ final: true }));
});

test("a copy whose segments have no time ended before the replay began, at the latest", () => {
  const old = (replayFrom: number): StartedFacts => ({
    ...started({ replayFrom }),
    segments: ready.segments.map(({ savedAt: _savedAt, ...each }) => each),
  });
  expect(judged(old(START + HOUR))).toEqual([]);
  expect(judged(old(START + 23 * HOUR))).toEqual(
    expect.arrayContaining([expect.objectContaining({ final: true })]),
  );
});

test("the lag of a batch that fails counts from its oldest change, and grows", () => {
  const facts = withFailing({ ...failure, changedAt: NOW - 90_000 });
  const lag = (now: number) => replayFigures(facts, now).lagMs;
  expect(lag(NOW)).toBe(90_000);
  expect(lag(NOW + 1_000)).toBe(91_000);
  expect(replayFigures(withFailing(failure), NOW).lagMs).toBeUndefined();
});

test("without a batch in the last five minutes the lag is the one seen last, or unknown", () => {
  const at = (minutes: number, maxLagMs = 900) =>
    replayFigures(replayed({ minute: Math.floor(NOW / 60_000) - minutes, maxLagMs }), NOW);
  expect(at(5)).toMatchObject({ lagMs: 900, records: 20 });
  expect(at(6, 2 * HOUR)).toMatchObject({ lagMs: 2 * HOUR, records: 0 });
  const none = { minutes: [], failing: [], running: [] };
  const unverified = { ...ready, verification: undefined, replay: none };
  expect(replayFigures(unverified, NOW).lagMs).toBeUndefined();
  expect(replayFigures({ ...ready, replay: none }, NOW).lagMs).toBe(0);
});

test("a call that has not ended counts with the age of its oldest change", () => {
  const call = { since: NOW - 40_000, lastAt: NOW };
  expect(replayFigures(withRunning(call), NOW + 500).lagMs).toBe(40_500);
  const unknown = { sequence: "1", ...call };
  const facts = { ...ready, replay: { ...ready.replay, running: [unknown] } };
  expect(replayFigures(facts, NOW).lagMs).toBeUndefined();
});

test.each([
  [0, "0 ms"],
  [999, "999 ms"],
  [1_500, "1.5 s"],
  [59_000, "59 s"],
  [125_000, "2 min 5 s"],
  [3_600_000, "1 h"],
  [4_800_000, "1 h 20 min"],
  [180_000_000, "2 d 2 h"],
])("%d ms is %s", (ms, text) => {
  expect(spanText(ms)).toBe(text);
});
