import { type PointerRow, rollbackRefusal, setRefusal } from "../../../src/pointer";
import { defined } from "../../../src/validation";

/** What previews ask; that the writes decide the same is in the contract tests. */
const row = (version: number, barred: number[] = [], retired: number[] = []): PointerRow => ({
  alias: "orders",
  version,
  foreign: false,
  history: [],
  barred,
  retired,
});
const corrupt = { alias: "orders", controlTable: "swap", attribute: "retired", found: '"5" (S)' };

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
  [5, row(4, [], [3, 6]), undefined, undefined],
  [5, row(4, [], [5]), undefined, "swap.version-retired"],
  [5, row(4, [], [5]), 3, "swap.version-retired"],
  [5, row(4, [5], [5]), undefined, "swap.version-barred"],
  [4, row(5, [], [4]), undefined, "swap.version-regressed"],
  [5, { ...row(4), corrupt }, undefined, "swap.malformed-row"],
])("set %d on %j, expecting %p: %p", (requested, live, expected, code) => {
  expect(setRefusal("orders", requested, live, defined({ expect: expected }))?.code).toBe(code);
});

test.each<[number, number, PointerRow | undefined, string | undefined]>([
  [5, 4, row(5), undefined],
  [5, 4, row(5, [3, 6]), undefined],
  [5, 4, row(6), "swap.expectation-failed"],
  [5, 4, row(4, [5]), "swap.expectation-failed"],
  [5, 4, undefined, "swap.expectation-failed"],
  [5, 4, row(5, [4]), "swap.version-barred"],
  [5, 4, row(5, [], [3, 5]), undefined],
  [5, 4, row(5, [], [4]), "swap.version-retired"],
  [5, 4, { ...row(5), corrupt }, "swap.malformed-row"],
])("roll back from %d to %d on %j: %p", (from, to, live, code) => {
  expect(rollbackRefusal("orders", { from, to }, live)?.code).toBe(code);
});

test.each<[PointerRow, string | undefined]>([
  [row(4, [5]), undefined],
  [row(4), undefined],
  [row(5, [5]), "swap.version-regressed"],
  [row(4, [5], [5]), "swap.version-retired"],
])("set 5 on %j, its bar lifted by the same write: %p", (live, code) => {
  expect(setRefusal("orders", 5, live, { liftBar: true })?.code).toBe(code);
});

test.each([[{ barred: [5], retired: [] }], [{ barred: [], retired: [5] }]])(
  "a row without ver is bound by its sets: %j",
  (live) =>
    expect(setRefusal("orders", 5, live)?.payload).toEqual({ alias: "orders", requested: 5 }),
);
