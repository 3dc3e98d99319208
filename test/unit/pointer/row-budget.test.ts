import { formatEntry, type HistoryEntry } from "../../../src/pointer/history";
import { plannedRow, roomOfNewRow } from "../../../src/pointer/row-budget";
import { itemBytes } from "../../support/item-bytes";

const alias = "orders";
const big = 9_007_199_254_000_000;
const id = "f".repeat(36);

const numbers = (count: number) => ({
  NS: Array.from({ length: count }, (_, index) => String(big - 1 - index)),
});

/** What other writes than moves may add to a row, each as large as it gets. */
const others = {
  retired: numbers(16),
  rlow: { N: String(big) },
  ropen: numbers(12),
  rop: { S: id },
  blow: { N: String(big) },
  bopen: numbers(12),
  holder: { S: "12345678" },
  fence: {
    M: {
      from: { N: String(big) },
      to: { N: String(big) },
      operation: { S: id },
      budget: { N: String(big) },
    },
  },
};

const smallest = { ver: { N: "1" }, at: { N: "1" }, prev: { N: "1" }, sver: { N: "1" } };
const largest = {
  ver: { N: String(big) },
  at: { N: "-9223372036854775807" },
  prev: { N: "-9223372036854775807" },
  sver: { N: String(big) },
  room: { N: "4096" },
  hlen: { N: "4096" },
};

test.each([
  ["short notes", { by: "ci", why: "release" }],
  ["the longest notes", { by: "世".repeat(256), why: "ü".repeat(256) }],
])(
  "the room of a row with %s leaves place for everything that other writes add, a fence included",
  (_what, notes) => {
    let hist: HistoryEntry[] = [];
    for (let step = 1; step <= 40; step++) {
      const entry: HistoryEntry = { version: step, at: step, operation: id, kind: "set", ...notes };
      const before = { ...smallest, hist: { L: hist.map(formatEntry) } };
      const { history, room } = plannedRow("control", alias, before, entry, {});
      hist = history;
      const row = { pk: { S: alias }, ...largest, ...others, hist: { L: hist.map(formatEntry) } };
      expect(itemBytes(row) + room).toBeLessThanOrEqual(4096);
    }
    expect(hist.length).toBeGreaterThanOrEqual(10);
  },
);

test("the room of a new row does too", () => {
  const row = { pk: { S: alias }, ...largest, ...others, hist: { L: [] } };
  expect(itemBytes(row) + roomOfNewRow(alias)).toBeLessThanOrEqual(4096);
});
