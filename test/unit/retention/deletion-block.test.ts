import type { HistoryEntry, PointerRow } from "../../../src/pointer";
import { assertDeletable, deletionBlock } from "../../../src/retention";
import { thrownBy } from "../../support/refused";

const GRACE = 1_000;

const set = (version: number, at?: number): HistoryEntry => ({
  version,
  kind: "set",
  ...(at !== undefined && { at }),
});

/** A foreign advance that a later update of ours has recorded. */
const foreignEntry = (version: number, at?: number): HistoryEntry => ({
  ...set(version, at),
  kind: "foreign",
});

/** A row whose last update was ours. */
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

/** A row that a foreign writer updated last. */
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

const blockOf = (row: PointerRow | undefined, version: number, now: number) =>
  deletionBlock(row, version, { graceMs: GRACE, now });

test.each([
  ["the active version at any age", ours(set(3, 0), set(4, 100)), 4, 1e15],
  ["the previous version at the end of its grace period", ours(set(3, 0), set(4, 100)), 3, 1_099],
  [
    "the version before the previous one, inside its grace period",
    ours(set(2, 0), set(3, 50), set(4, 60)),
    2,
    1_049,
  ],
  ["a version below the first of several entries", ours(set(4, 100), set(5, 200)), 3, 1_099],
  [
    "a barred version from before the first entry",
    barred([2], back(1, 100), set(3, 200)),
    2,
    1_099,
  ],
  [
    "a barred version that a foreign writer had activated after a lower recorded one",
    barred([4], set(1, 0), back(2, 100), set(5, 200)),
    4,
    1_099,
  ],
  [
    "a barred version that a foreign writer had activated after one that is not barred",
    barred([4], set(3, 0), back(2, 100), set(5, 200)),
    4,
    1_099,
  ],
  [
    "a barred version, counted from the last rollback that may have left it",
    barred([4], back(3, 0), set(5, 50), back(2, 100), set(6, 200)),
    4,
    1_099,
  ],
  [
    "a barred version, counted from a rollback to above a barred predecessor",
    barred([1, 4], set(1, 0), back(2, 100), set(5, 200)),
    4,
    1_099,
  ],
  [
    "a barred version, counted from a first rollback to a version barred later",
    barred([2, 4], back(2, 100), set(5, 200)),
    4,
    1_099,
  ],
  ["a barred version whose rollback has no time", barred([4], back(3), set(5, 50)), 4, 1_049],
  ["the version deactivated by a foreign advance", foreign(4, 100, set(3, 0)), 3, 1_099],
  ["any earlier version after a foreign advance without a history", foreign(4, 100), 2, 1_099],
  ["an earlier version when a foreign writer recorded no time", foreign(4, undefined), 3, 1e15],
  [
    "a version deactivated at an unknown time, counted from the next known time",
    ours(set(3, 0), set(4), set(5, 100)),
    3,
    1_099,
  ],
  ["version 1, deactivated by an update without a time", ours(set(2), set(3, 100)), 1, 1_099],
  [
    "a version that a foreign writer may have activated in between",
    ours(set(4, 0), foreignEntry(6, 50), set(7, 60)),
    5,
    1_049,
  ],
  ["the same before any update of ours", ours(foreignEntry(6, 50), set(7, 60)), 3, 1_049],
  ["the same while the foreign advance is the last update", foreign(6, 50, set(4, 0)), 5, 1_049],
  [
    "a version activated in between again after an older active period",
    ours(set(5, 0), { ...set(4, 10), kind: "rollback" }, foreignEntry(6, 500), set(7, 510)),
    5,
    1_499,
  ],
  [
    "a version activated in between at an unknown time, counted from the next update",
    ours(set(4, 0), foreignEntry(6), set(7, 60)),
    5,
    1_059,
  ],
  ["a version deactivated at an unknown time", ours(set(3, 0), set(4)), 3, 1e15],
  ["version 1, deactivated at an unknown time", ours(set(2)), 1, 1e15],
  [
    "a version activated in between at a known time and deactivated again at an unknown one",
    ours(set(4, 0), foreignEntry(6, 50), { ...set(5), kind: "rollback" }, set(7)),
    5,
    1e15,
  ],
  [
    "a version deactivated at a known time and activated in between at an unknown one",
    ours(set(5, 0), { ...set(4, 10), kind: "rollback" }, foreignEntry(6), set(7)),
    5,
    1e15,
  ],
  ["version 1, implicitly active until a foreign writer set 0", foreign(0, 100), 1, 1_099],
  ["version 1 without a row", undefined, 1, 1e15],
  ["a version below the only entry", ours(set(4, 100)), 3, 1_099],
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
  ["version 1, implicitly active until the first update", ours(set(2, 100)), 1, 1_099],
  ["a version returned to by a rollback", ours(set(3, 0), set(4, 10), set(3, 20)), 3, 1e15],
  ["the version rolled back from", ours(set(3, 0), set(4, 10), set(3, 20)), 4, 1_019],
])("blocks %s", (_name, row, version, now) => {
  expect(blockOf(row, version, now)).toMatchObject({ reason: expect.any(String) });
});

test.each([
  ["the previous version after its grace period", ours(set(3, 0), set(4, 100)), 3, 1_100],
  [
    "a version deactivated at an unknown time, a grace period after the next known time",
    ours(set(3, 0), set(4), set(5, 100)),
    3,
    1_100,
  ],
  ["version 1, a grace period after the first known time", ours(set(2), set(3, 100)), 1, 1_100],
  ["a version ahead of the pointer", ours(set(3, 0), set(4, 100)), 5, 100],
  ["a version that was never active", ours(set(1, 0), set(4, 100)), 3, 100],
  [
    "a version deactivated by a foreign advance, after its grace period",
    foreign(4, 100, set(3, 0)),
    3,
    1_100,
  ],
  ["a version above a foreign pointer", foreign(4, 100), 5, 100],
  [
    "a version that a foreign writer may have activated, after its grace period",
    ours(set(4, 0), foreignEntry(6, 50), set(7, 60)),
    5,
    1_050,
  ],
  [
    "a version below those that a foreign writer may have activated",
    ours(set(4, 0), foreignEntry(6, 50), set(7, 60)),
    3,
    1_000,
  ],
  [
    "a version below the first of several, after its grace period",
    ours(set(4, 100), set(5, 200)),
    3,
    1_100,
  ],
  [
    "a version below a recorded foreign advance, after its grace period",
    ours(foreignEntry(4, 0), set(5, 200)),
    3,
    1_000,
  ],
  ["a version above the first of several", ours(set(4, 100), set(6, 200)), 5, 200],
  [
    "a barred version whose rollback is recorded, after its grace period",
    barred([5], set(5, 0), back(4, 10), set(6, 500)),
    5,
    1_010,
  ],
  [
    "a barred version, although another was rolled back from later",
    barred([5, 7], set(5, 0), back(4, 10), set(7, 900), back(6, 1_000)),
    5,
    1_010,
  ],
  [
    "a version that is not barred, with a rollback of an unknown version",
    barred([5], back(1, 100), set(6, 200)),
    7,
    100,
  ],
  ["a barred version without any rollback", barred([5], set(3, 100)), 5, 100],
  ["a version below the only entry, after its grace period", ours(set(4, 100)), 3, 1_100],
  ["a version above the only entry", ours(set(4, 100)), 5, 100],
  ["version 1 below a seed", ours({ version: 2, kind: "seed", at: 0 }), 1, 1_000],
])("allows deleting %s", (_name, row, version, now) => {
  expect(blockOf(row, version, now)).toBeUndefined();
});

test("the error names the table, the deactivation time and the end of the grace period", () => {
  const row = ours(set(3, 0), set(4, 86_400_000));
  const { payload } = thrownBy(
    () => assertDeletable("orders", row, 3, { graceMs: 3_600_000, now: 86_400_001 }),
    "swap.version-in-use",
  );
  expect(payload).toEqual({
    alias: "orders",
    version: 3,
    table: "orders_v3",
    until: 90_000_000,
    reason: expect.stringMatching(/\b3\b.*1970-01-02T00:00:00.000Z.*1970-01-02T01:00:00.000Z$/),
  });
});

test.each<[string, PointerRow, number, RegExp]>([
  [
    "active since",
    ours(set(4, 0), set(5, 86_400_000)),
    5,
    /^version 5\b.*1970-01-02T00:00:00.000Z$/,
  ],
  ["active by a seed", ours({ version: 5, kind: "seed", at: 0 }), 5, /^version 5\b.*seed/],
  ["active since an unknown time", ours(set(5)), 5, /^version 5\b\D*$/],
  [
    "active since a time beyond what a Date can be",
    ours(set(5, 9e15)),
    5,
    /^version 5\b.* 9000000000000000$/,
  ],
  ["deactivated at an unknown time", ours(set(4, 0), set(5)), 4, /^version 4\b.*\bversion 5\b/],
  [
    "activated in between at a known time and deactivated again at an unknown one",
    ours(set(4, 0), foreignEntry(6, 50), { ...set(5), kind: "rollback" }, set(7)),
    5,
    /^version 5\b.*\bversion 7\b/,
  ],
  [
    "deactivated at a known time and activated in between at an unknown one",
    ours(set(5, 0), { ...set(4, 10), kind: "rollback" }, foreignEntry(6), set(7)),
    5,
    /^version 5\b.*\bversion 7\b/,
  ],
])("the reason when a version was %s", (_name, row, version, reason) => {
  expect(blockOf(row, version, 1)).toEqual({ reason: expect.stringMatching(reason) });
});

test("an unblocked version is deletable; a block without an end has no `until`", () => {
  const row = ours(set(3, 0), set(4, 100));
  expect(() => assertDeletable("orders", row, 2, { graceMs: GRACE, now: GRACE })).not.toThrow();
  const { payload } = thrownBy(
    () => assertDeletable("orders", row, 4, { graceMs: GRACE, now: 0 }),
    "swap.version-in-use",
  );
  expect(payload).toStrictEqual({
    alias: "orders",
    version: 4,
    table: "orders_v4",
    reason: blockOf(row, 4, 0)?.reason,
  });
});

describe("a history of ten moves may have been cut", () => {
  /** Ten moves, each a second after the one before, from the pointer's 100th second on. */
  const cut = (length: number): PointerRow => ({
    alias: "orders",
    version: 20 + length - 1,
    foreign: false,
    barred: [],
    retired: [],
    activatedAt: 100_000 + (length - 1) * 1_000,
    history: Array.from({ length }, (_, index) => ({
      version: 20 + index,
      kind: "set",
      at: 100_000 + index * 1_000,
    })),
  });
  const blocked = (row: PointerRow, version: number, now: number) =>
    deletionBlock(row, version, { graceMs: 60_000, now }) !== undefined;

  test("so a greater version that it does not name is held for the grace period from its first move", () => {
    expect(blocked(cut(10), 50, 159_999)).toBe(true);
    expect(blocked(cut(10), 50, 160_000)).toBe(false);
    // Nine moves are all there were: 50 was never active.
    expect(blocked(cut(9), 50, 100_000)).toBe(false);
  });

  test("so is one whose bar is only below a floor", () => {
    const row = { ...cut(10), barredFloor: { below: 18, except: [] } };
    expect(blocked(row, 17, 159_999)).toBe(true);
    expect(blocked(row, 17, 160_000)).toBe(false);
  });
});

describe("a row that starts at a seed of version 1 may be a lost row made again", () => {
  const seed: HistoryEntry = { version: 1, kind: "seed", at: 0 };

  test("a version below the next one keeps its table for the grace period", () => {
    const row = ours(seed, set(7, 10_000));
    expect(blockOf(row, 6, 10_500)).toMatchObject({ until: 11_000 });
    expect(blockOf(row, 6, 11_000)).toBeUndefined();
    expect(blockOf(row, 8, 10_500)).toBeUndefined();
  });

  test("until a next one every version keeps its table where the seed named a table", () => {
    const named = { ...ours(seed), tableNames: { 1: "customers" } };
    expect(blockOf(named, 6, 99_000)?.reason).toContain("may have been active");
    expect(blockOf(ours(seed), 6, 99_000)).toBeUndefined();
  });
});
