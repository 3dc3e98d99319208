import {
  DEFAULT_BOUNDS,
  type MigrationFacts,
  notReady,
  replayFigures,
  type StartedFacts,
  spanText,
} from "../../../src/migration";
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

test("nothing keeps a version from going live whose migration is ready", () => {
  expect(judged(ready)).toEqual([]);
});

test.each<[string, MigrationFacts, number?]>([
  ["a copy that is not recorded", { ...ready, started: undefined } as MigrationFacts],
  ["a copy of one process", started({ engine: undefined })],
  ["a copy of another version than the active one", started({ from: 2 })],
  ["a cancelled run", { ...ready, control: { cancelled: note } }],
  ["a paused run", { ...ready, control: { paused: note } }],
  ["a segment that is not done", { ...ready, segments: ready.segments.slice(1) }],
  ["a replay that has not begun", started({ replayFrom: undefined })],
  ["a parked key", { ...ready, parked: [{ sourceKey: {}, kind: "refused", reason: "x", at: 1 }] }],
  ["a batch that fails", { ...ready, replay: { ...ready.replay, failing: [failure] } }],
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
  ["a verification that is too old", ready, START + 3 * HOUR + 1],
  ["differences", verified({ counts: { ...verification.counts, missing: 1 } })],
])("not ready: %s", (_what, facts, now = NOW) => {
  const found = judged(now === NOW ? facts : replayedAt(facts as StartedFacts, now), now);
  expect(found).toHaveLength(1);
  expect(found).toMatchSnapshot();
});

/** The facts with a batch that was applied just before. */
const replayedAt = (facts: StartedFacts, now: number): StartedFacts => ({
  ...facts,
  replay: {
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

test("without changes the replay is taken for working only for 10 minutes after a verification began", () => {
  const quiet = { ...ready, replay: { minutes: [], failing: [] } };
  expect(judged(quiet, verification.startedAt + 600_000)).toEqual([]);
  expect(judged(quiet, verification.startedAt + 600_001)).toHaveLength(1);
  const before = replayed({ lastAt: NOW - 600_001, minute: Math.floor(NOW / 60_000) - 11 });
  expect(judged(before)).toHaveLength(1);
});

test("a copy that ended after 23 hours is refused for good, and one that ended before is not", () => {
  const ended = (savedAt: number): StartedFacts => ({
    ...started({ replayFrom: START + 24 * HOUR }),
    segments: ready.segments.map((each) => ({ ...each, savedAt })),
    verification: { ...verification, startedAt: START + 24 * HOUR },
  });
  const now = START + 24 * HOUR + 60_000;
  const at = (savedAt: number) => judged(replayedAt(ended(savedAt), now), now);
  expect(at(START + 23 * HOUR - 1)).toEqual([]);
  expect(at(START + 23 * HOUR)).toMatchObject([{ final: true }]);
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
  const failing = [{ ...failure, changedAt: NOW - 90_000 }];
  const lag = (now: number) => replayFigures({ ...ready.replay, failing }, now).lagMs;
  expect(lag(NOW)).toBe(90_000);
  expect(lag(NOW + 1_000)).toBe(91_000);
  expect(replayFigures({ ...ready.replay, failing: [failure] }, NOW).lagMs).toBeUndefined();
});

test("minutes before the last five do not count for the lag", () => {
  const at = (minutes: number) =>
    replayFigures(replayed({ minute: Math.floor(NOW / 60_000) - minutes }).replay, NOW);
  expect(at(5)).toMatchObject({ lagMs: 900, records: 20 });
  expect(at(6)).toMatchObject({ lagMs: 0, records: 0 });
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
