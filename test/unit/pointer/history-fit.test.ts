import fc from "fast-check";
import type { HistoryEntry } from "../../../src/pointer";
import { entrySize, fitHistory, MIN_HISTORY, shortText } from "../../../src/pointer/history-fit";

const note = fc.option(fc.string({ minLength: 1, maxLength: 256, unit: "grapheme" }), {
  nil: undefined,
});
const entry = fc.record({ version: fc.integer({ min: 1 }), by: note, why: note }).map(
  ({ version, by, why }): HistoryEntry => ({
    version,
    kind: "rollback",
    at: 1_700_000_000_000,
    operation: "6f0e7a35-1f2b-4a7f-9a43-0f3e9e5a4f11",
    ...(by !== undefined && { by }),
    ...(why !== undefined && { why }),
  }),
);
const size = (entries: readonly HistoryEntry[]) =>
  entries.reduce((sum, each) => sum + entrySize(each), 0);
const bare = ({ by: _by, why: _why, ...rest }: HistoryEntry) => rest;

test("a history fits its budget where bare entries do, and its last ten moves stay in order", () => {
  fc.assert(
    fc.property(
      fc.array(entry, { minLength: 1, maxLength: 70 }),
      fc.integer({ min: 1000, max: 4000 }),
      (entries, budget) => {
        const kept = fitHistory(entries, budget);
        expect(kept.length).toBeGreaterThanOrEqual(Math.min(entries.length, MIN_HISTORY));
        expect(kept.map(bare)).toEqual(entries.slice(-kept.length).map(bare));
        expect(size(kept)).toBeLessThanOrEqual(budget);
      },
    ),
  );
});

test("a history with room for all is kept as it is", () => {
  fc.assert(
    fc.property(fc.array(entry, { minLength: 1, maxLength: 12 }), (entries) => {
      expect(fitHistory(entries, size(entries) + 1024)).toEqual(entries);
    }),
  );
});

test("the newest entry's notes are the last to be shortened", () => {
  const long = { version: 1, kind: "set" as const, by: "b".repeat(200), why: "w".repeat(200) };
  const entries = Array.from({ length: 10 }, (_, index) => ({ ...long, version: index + 1 }));
  const kept = fitHistory(entries, 2000);
  expect(kept.at(-1)).toEqual(entries.at(-1));
  expect(kept[0]?.why?.length ?? 0).toBeLessThan(100);
});

test.each([
  ["ascii text", 6, "asc…"],
  ["ünïcode", 6, "ün…"],
  ["a👍🏽b", 8, "a👍…"],
  ["text", 4, "text"],
  ["text!", 3, undefined],
  ["text!", 0, undefined],
])("%j in %d bytes is %j", (text, length, short) => {
  expect(shortText(text, length)).toBe(short);
  expect(Buffer.byteLength(short ?? "")).toBeLessThanOrEqual(length);
});
