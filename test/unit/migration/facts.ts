import {
  countDifferences,
  type StartedFacts,
  type VerificationRecord,
} from "../../../src/migration";

export const HOUR = 3_600_000;
/** When the copies of these tests start. */
export const START = 1_760_000_000_000;
const tables = { source: "s", target: "t" };

export const verification: VerificationRecord = {
  run: "v",
  tables,
  done: true,
  from: 3,
  to: 4,
  transform: "none",
  startedAt: START + 2 * HOUR,
  finishedAt: START + 2 * HOUR + 1,
  sourceItems: 10,
  leftOut: 0,
  targetItems: 10,
  counts: countDifferences([]),
  complete: true,
};

const segment = (number: number) => ({
  segment: number,
  done: true,
  read: 5,
  written: 5,
  leftOut: 0,
  parked: 0,
  savedAt: START + HOUR,
});

/** A migration of version 3 to 4 that is ready at {@link NOW}. */
export const ready: StartedFacts = {
  to: 4,
  started: {
    run: "r",
    tables,
    from: 3,
    transform: "none",
    segments: 2,
    startedAt: START,
    engine: "lambda",
    replayFrom: START + HOUR + 60_000,
  },
  segments: [segment(0), segment(1)],
  parked: [],
  verification,
  replay: {
    minutes: [
      {
        minute: Math.floor((START + 2.5 * HOUR) / 60_000) - 1,
        batches: 3,
        records: 20,
        maxLagMs: 900,
        failures: 0,
        lastAt: START + 2.5 * HOUR - 40_000,
      },
    ],
    failing: [],
    running: [],
    newestAt: START + 2 * HOUR - 1_000,
  },
  reverse: { minutes: [], failing: [], running: [] },
  wayBack: undefined,
  strays: [],
  control: {},
};
export const NOW = START + 2.5 * HOUR;
