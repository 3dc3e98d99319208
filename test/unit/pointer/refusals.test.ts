import { type PointerRow, rollbackRefusal, setRefusal } from "../../../src/pointer";

/** What previews ask; that the writes decide the same is in the contract tests. */
const row = (version: number, barred: number[] = []): PointerRow => ({
  alias: "orders",
  version,
  foreign: false,
  history: [],
  barred,
});

test.each<[number, PointerRow | undefined, number | undefined, string | undefined]>([
  [1, undefined, undefined, undefined],
  [5, row(4), undefined, undefined],
  [5, row(4), 4, undefined],
  [5, row(4, [6]), 4, undefined],
  [5, row(0), undefined, undefined],
  [5, row(5), undefined, "swap.version-regressed"],
  [4, row(5), undefined, "swap.version-regressed"],
  [5, row(4, [5]), undefined, "swap.version-barred"],
  [5, row(4, [5]), 3, "swap.version-barred"],
  [5, row(4), 3, "swap.expectation-failed"],
  [5, undefined, 4, "swap.expectation-failed"],
  [4, row(5, [4]), 3, "swap.version-regressed"],
])("set %d on %j, expecting %p: %p", (requested, live, expected, code) => {
  expect(setRefusal("orders", requested, live, expected)?.code).toBe(code);
});

test.each<[number, number, PointerRow | undefined, string | undefined]>([
  [5, 4, row(5), undefined],
  [5, 4, row(5, [3, 6]), undefined],
  [5, 4, row(6), "swap.expectation-failed"],
  [5, 4, row(4, [5]), "swap.expectation-failed"],
  [5, 4, undefined, "swap.expectation-failed"],
  [5, 4, row(5, [4]), "swap.version-barred"],
])("roll back from %d to %d on %j: %p", (from, to, live, code) => {
  expect(rollbackRefusal("orders", { from, to }, live)?.code).toBe(code);
});
