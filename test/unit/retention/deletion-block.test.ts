import type { HistoryEntry, PointerRow } from "../../../src/pointer";
import { assertDeletable, deletionBlock } from "../../../src/retention";

const GRACE = 1_000;

const set = (version: number, at?: number): HistoryEntry => ({
  version,
  kind: "set",
  ...(at !== undefined && { at }),
});

/** A foreign advance that a later move of ours has recorded. */
const passed = (version: number, at?: number): HistoryEntry => ({
  ...set(version, at),
  kind: "foreign",
});

/** A row whose last move was ours. */
function ours(...history: HistoryEntry[]): PointerRow {
  const { version, at } = history.at(-1) as HistoryEntry;
  return {
    alias: "orders",
    version,
    foreign: false,
    history,
    barred: [],
    retired: [],
    ...(at !== undefined && { activatedAt: at }),
  };
}

/** A row that a foreign writer moved last. */
const foreign = (
  version: number,
  at: number | undefined,
  ...history: HistoryEntry[]
): PointerRow => ({
  alias: "orders",
  version,
  foreign: true,
  history,
  barred: [],
  retired: [],
  ...(at !== undefined && { activatedAt: at }),
});

const back = (version: number, at?: number): HistoryEntry => ({
  ...set(version, at),
  kind: "rollback",
});

const barred = (versions: number[], ...history: HistoryEntry[]): PointerRow => ({
  ...ours(...history),
  barred: versions,
});

const hold = (row: PointerRow | undefined, version: number, now: number) =>
  deletionBlock(row, version, { graceMs: GRACE, now });

test.each([
  ["the active version, however old", ours(set(3, 0), set(4, 100)), 4, 1e15],
  ["the previous one just inside its grace", ours(set(3, 0), set(4, 100)), 3, 1_099],
  [
    "one left before the previous, inside its grace",
    ours(set(2, 0), set(3, 50), set(4, 60)),
    2,
    1_049,
  ],
  ["one below the first of several entries", ours(set(4, 100), set(5, 200)), 3, 1_099],
  ["a barred one before the first entry", barred([2], back(1, 100), set(3, 200)), 2, 1_099],
  [
    "a barred one that a foreign writer had come to, by a recorded predecessor below",
    barred([4], set(1, 0), back(2, 100), set(5, 200)),
    4,
    1_099,
  ],
  [
    "a barred one that a foreign writer had come to, by a predecessor that is not barred",
    barred([4], set(3, 0), back(2, 100), set(5, 200)),
    4,
    1_099,
  ],
  [
    "a barred one, by the last rollback that may have left it",
    barred([4], back(3, 0), set(5, 50), back(2, 100), set(6, 200)),
    4,
    1_099,
  ],
  [
    "a barred one, by a rollback to above a barred predecessor",
    barred([1, 4], set(1, 0), back(2, 100), set(5, 200)),
    4,
    1_099,
  ],
  [
    "a barred one, by a first rollback to what was barred since",
    barred([2, 4], back(2, 100), set(5, 200)),
    4,
    1_099,
  ],
  ["a barred one whose rollback has no time", barred([4], back(3), set(5, 50)), 4, 1_049],
  ["the one left by a foreign advance", foreign(4, 100, set(3, 0)), 3, 1_099],
  ["any earlier one after a foreign advance without a history", foreign(4, 100), 2, 1_099],
  ["an earlier one where a foreign writer left no time", foreign(4, undefined), 3, 1e15],
  [
    "one left at an unknown time, until the grace after the next time known",
    ours(set(3, 0), set(4), set(5, 100)),
    3,
    1_099,
  ],
  ["version 1, left by a move whose time is not known", ours(set(2), set(3, 100)), 1, 1_099],
  [
    "one that a foreign writer may have passed",
    ours(set(4, 0), passed(6, 50), set(7, 60)),
    5,
    1_049,
  ],
  ["the same before any move of ours", ours(passed(6, 50), set(7, 60)), 3, 1_049],
  ["the same while the foreign writer leads", foreign(6, 50, set(4, 0)), 5, 1_049],
  [
    "one passed again after an older stay",
    ours(set(5, 0), { ...set(4, 10), kind: "rollback" }, passed(6, 500), set(7, 510)),
    5,
    1_499,
  ],
  [
    "one passed at an unknown time, by the next move",
    ours(set(4, 0), passed(6), set(7, 60)),
    5,
    1_059,
  ],
  ["one left at a time that nothing tells", ours(set(3, 0), set(4)), 3, 1e15],
  ["version 1, left at a time that nothing tells", ours(set(2)), 1, 1e15],
  [
    "one passed at a known time and left again at an unknown one",
    ours(set(4, 0), passed(6, 50), { ...set(5), kind: "rollback" }, set(7)),
    5,
    1e15,
  ],
  [
    "one left at a known time and passed again at an unknown one",
    ours(set(5, 0), { ...set(4, 10), kind: "rollback" }, passed(6), set(7)),
    5,
    1e15,
  ],
  ["version 1, implied until a foreign writer's 0", foreign(0, 100), 1, 1_099],
  ["version 1 without a row", undefined, 1, 1e15],
  ["one below the only entry, whatever was before it", ours(set(4, 100)), 3, 1_099],
  ["version 2 without a row, which may have been lost", undefined, 2, 1e15],
  ["version 0 without a row", undefined, 0, 1e15],
  [
    "any version of a row with a corrupt attribute",
    {
      ...ours(set(3, 0), set(4, 100)),
      corrupt: { alias: "orders", controlTable: "swap", attribute: "hist", found: '"x" (S)' },
    },
    2,
    1e15,
  ],
  ["version 1, implied until the first move", ours(set(2, 100)), 1, 1_099],
  ["a version returned to by a rollback", ours(set(3, 0), set(4, 10), set(3, 20)), 3, 1e15],
  ["the version rolled back from", ours(set(3, 0), set(4, 10), set(3, 20)), 4, 1_019],
])("holds %s", (_name, row, version, now) => {
  expect(hold(row, version, now)).toMatchObject({ reason: expect.any(String) });
});

test.each([
  ["the previous one when its grace is over", ours(set(3, 0), set(4, 100)), 3, 1_100],
  [
    "one left at an unknown time, the grace after the next time known over",
    ours(set(3, 0), set(4), set(5, 100)),
    3,
    1_100,
  ],
  ["version 1, the grace after the first time known over", ours(set(2), set(3, 100)), 1, 1_100],
  ["a version ahead of the pointer", ours(set(3, 0), set(4, 100)), 5, 100],
  ["a version that was never live", ours(set(1, 0), set(4, 100)), 3, 100],
  ["one left by a foreign advance, grace over", foreign(4, 100, set(3, 0)), 3, 1_100],
  ["a version above a foreign pointer", foreign(4, 100), 5, 100],
  [
    "one that a foreign writer passed, grace over",
    ours(set(4, 0), passed(6, 50), set(7, 60)),
    5,
    1_050,
  ],
  [
    "one below those that a foreign writer passed",
    ours(set(4, 0), passed(6, 50), set(7, 60)),
    3,
    1_000,
  ],
  ["one below the first of several, grace over", ours(set(4, 100), set(5, 200)), 3, 1_100],
  [
    "one below a recorded foreign advance, its grace over",
    ours(passed(4, 0), set(5, 200)),
    3,
    1_000,
  ],
  ["one above the first of several", ours(set(4, 100), set(6, 200)), 5, 200],
  [
    "a barred one whose rollback is recorded, grace over",
    barred([5], set(5, 0), back(4, 10), set(6, 500)),
    5,
    1_010,
  ],
  [
    "a barred one, though another was rolled back from since",
    barred([5, 7], set(5, 0), back(4, 10), set(7, 900), back(6, 1_000)),
    5,
    1_010,
  ],
  [
    "one that is not barred, beside an unexplained rollback",
    barred([5], back(1, 100), set(6, 200)),
    7,
    100,
  ],
  ["a barred one without any rollback", barred([5], set(3, 100)), 5, 100],
  ["one below the only entry, after its grace", ours(set(4, 100)), 3, 1_100],
  ["one above the only entry", ours(set(4, 100)), 5, 100],
  ["version 1 under a seed", ours({ version: 2, kind: "seed", at: 0 }), 1, 1_000],
])("lets go %s", (_name, row, version, now) => {
  expect(hold(row, version, now)).toBeUndefined();
});

test("the refusal names the table, since when and until when", () => {
  const row = ours(set(3, 0), set(4, 86_400_000));
  expect(() => assertDeletable("orders", row, 3, { graceMs: 3_600_000, now: 86_400_001 })).toThrow(
    expect.objectContaining({
      message:
        'table "orders_v3" must stay: version 3 was left at 1970-01-02T00:00:00.000Z and is inside its grace period until 1970-01-02T01:00:00.000Z',
      payload: expect.objectContaining({ version: 3, until: 90_000_000 }),
    }),
  );
});

test.each<[string, PointerRow, number, string]>([
  [
    "active since",
    ours(set(4, 0), set(5, 86_400_000)),
    5,
    "version 5 is active since 1970-01-02T00:00:00.000Z",
  ],
  [
    "active by a seed",
    ours({ version: 5, kind: "seed", at: 0 }),
    5,
    "version 5 is active (seeded)",
  ],
  ["active since nobody knows when", ours(set(5)), 5, "version 5 is active"],
  [
    "active since what is no date",
    ours(set(5, 9e15)),
    5,
    "version 5 is active since 9000000000000000",
  ],
  [
    "left at a time that nothing tells",
    ours(set(4, 0), set(5)),
    4,
    "version 4 may have been active until version 5 took over, and the row does not say when that was",
  ],
  [
    "passed at a known time and left again at an unknown one",
    ours(set(4, 0), passed(6, 50), { ...set(5), kind: "rollback" }, set(7)),
    5,
    "version 5 may have been active until version 7 took over, and the row does not say when that was",
  ],
  [
    "left at a known time and passed again at an unknown one",
    ours(set(5, 0), { ...set(4, 10), kind: "rollback" }, passed(6), set(7)),
    5,
    "version 5 may have been active until version 7 took over, and the row does not say when that was",
  ],
])("a hold tells %s", (_name, row, version, reason) => {
  expect(hold(row, version, 1)).toEqual({ reason });
});

test("a version that nothing holds may be retired, one without an end to its hold says none", () => {
  const row = ours(set(3, 0), set(4, 100));
  expect(() => assertDeletable("orders", row, 2, { graceMs: GRACE, now: GRACE })).not.toThrow();
  try {
    assertDeletable("orders", row, 4, { graceMs: GRACE, now: 0 });
    throw new Error("it was let go");
  } catch (error) {
    expect((error as { payload: object }).payload).toStrictEqual({
      alias: "orders",
      version: 4,
      table: "orders_v4",
      reason: "version 4 is active since 1970-01-01T00:00:00.100Z",
    });
  }
});
