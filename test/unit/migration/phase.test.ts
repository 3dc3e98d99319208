import { type Phase, phaseOf, type StartedFacts, tablesFault } from "../../../src/migration";
import type { PointerRow } from "../../../src/pointer";
import { HOUR, NOW, ready, START, verification } from "./facts";

const row = (version: number, more: Partial<PointerRow> = {}): PointerRow => ({
  alias: "orders",
  version,
  activatedAt: 1,
  foreign: false,
  history: [],
  barred: [],
  retired: [],
  ...more,
});
const entry = (version: number) => ({ version, at: 1, kind: "set" as const });
const note = { by: "alice", at: 1 };
const halfway: StartedFacts = {
  ...ready,
  started: { ...ready.started, replayFrom: undefined },
  segments: ready.segments.map((each) => ({ ...each, done: each.segment === 0 })),
};
const ofProcess = (facts: StartedFacts): StartedFacts => ({
  ...facts,
  started: { ...facts.started, engine: undefined, replayFrom: undefined },
  replay: { minutes: [], failing: [], running: [] },
  reverse: { minutes: [], failing: [], running: [] },
  wayBack: undefined,
  strays: [],
});

const goingBack: StartedFacts = {
  ...ready,
  wayBack: {
    inverse: "same",
    proof: { at: 1, sampled: 9, changed: 0, failed: 0, lossy: false },
  },
};

test.each<[Phase, string, StartedFacts, PointerRow | undefined, number?]>([
  ["ready", "it was rolled back, and writes went back", goingBack, row(3, { barred: [4] })],
  ["switched", "the version written is active, and writes go back", goingBack, row(4)],
  ["copying", "segments are left", halfway, row(3)],
  ["copying", "no segment is saved yet", { ...halfway, segments: [] }, row(3)],
  [
    "copying",
    "segments of one process are left after a day",
    ofProcess(halfway),
    row(3),
    START + 24 * HOUR,
  ],
  ["copying", "the alias has no row", halfway, undefined],
  ["failed", "segments are left after 23 hours", halfway, row(3), START + 23 * HOUR],
  [
    "failed",
    "it is paused past the deadline",
    { ...halfway, control: { paused: note } },
    row(3),
    START + 23 * HOUR,
  ],
  ["failed", "a greater version is active", ready, row(5)],
  ["paused", "an operator paused the copy", { ...halfway, control: { paused: note } }, row(3)],
  [
    "paused",
    "an operator paused the replay",
    { ...ready, control: { paused: note } },
    row(3),
    START + 30 * HOUR,
  ],
  [
    "cancelled",
    "an operator cancelled it",
    { ...ready, control: { cancelled: note, paused: note } },
    row(3),
  ],
  [
    "catching up",
    "the replay has yet to begin",
    { ...ready, started: { ...ready.started, replayFrom: undefined } },
    row(3),
  ],
  [
    "failed",
    "the replay began after the stream lost changes",
    { ...ready, started: { ...ready.started, replayFrom: START + 24 * HOUR } },
    row(3),
    START + 24 * HOUR,
  ],
  ["catching up", "it is not verified", { ...ready, verification: undefined }, row(3)],
  ["ready", "it is caught up and verified", ready, row(3)],
  [
    "copied",
    "one process has copied all",
    ofProcess({ ...ready, verification: undefined }),
    row(3),
  ],
  [
    "copied",
    "one process has parked a key",
    ofProcess({ ...ready, parked: [{ sourceKey: {}, kind: "refused", reason: "x", at: 1 }] }),
    row(3),
  ],
  [
    "copied",
    "the copy of one process differs",
    ofProcess({
      ...ready,
      verification: { ...verification, counts: { ...verification.counts, extra: 1 } },
    }),
    row(3),
  ],
  ["ready", "the copy of one process is verified", ofProcess(ready), row(3)],
  [
    "copied",
    "the verification of one process is older than an hour",
    ofProcess(ready),
    row(3),
    verification.startedAt + HOUR + 1,
  ],
  ["switched", "its version is active", ready, row(4, { previous: 3 })],
  [
    "switched",
    "its version is active, whatever was asked",
    { ...ready, control: { cancelled: note } },
    row(4),
  ],
  ["complete", "the version copied is retired", ready, row(4, { retired: [3] })],
  [
    "complete",
    "a version after its own is active",
    ready,
    row(5, { history: [entry(4), entry(5)] }),
  ],
  ["rolled back", "its version is barred", ready, row(3, { barred: [4] })],
  ["rolled back", "its version was active before", ready, row(3, { previous: 4 })],
])("%s: %s", (phase, _when, facts, pointer, now = NOW) => {
  expect(phaseOf(facts, pointer, facts.started.tables, now)).toBe(phase);
});

test.each([
  ["the source", 3, { source: "another", target: "t" }],
  ["the target", 4, { source: "s", target: "another" }],
  ["no target", 4, { source: "s", target: "" }],
])("what is ready is not with %s created again or gone", (_what, version, tables) => {
  for (const [facts, phase, fix] of [
    [ready, "catching up", "migrateFrom"],
    [ofProcess(ready), "copied", "--restart"],
  ] as const) {
    expect(phaseOf(facts, row(3), tables, NOW)).toBe(phase);
    expect(tablesFault(facts, tables)).toMatchObject({
      reason: expect.stringContaining(`version ${version} `),
      fix: expect.stringContaining(fix),
    });
  }
});
