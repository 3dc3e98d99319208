import type { PointerRow } from "../../../src/pointer";
import { fates } from "../../../src/retention";

const GRACE = 1_000;

/** A row whose pointer went through these versions at 0, 100, 200, … */
function through(...versions: number[]): PointerRow {
  return {
    alias: "orders",
    version: versions.at(-1) as number,
    foreign: false,
    barred: [],
    retired: [],
    history: versions.map((version, index) => ({ version, kind: "set", at: index * 100 })),
    activatedAt: (versions.length - 1) * 100,
  };
}

const of = (row: PointerRow | undefined, undeclared: number[], keep: number, now: number) =>
  fates(row, { declared: [9], undeclared }, { keep, graceMs: GRACE, now }).map(
    ({ version, fate }) => [version, fate],
  );

test("without a row everything is needed", () => {
  expect(fates(undefined, { declared: [], undeclared: [1, 2] }, terms(0, 1e15))).toMatchObject([
    { version: 1, fate: "needed" },
    { version: 2, fate: "needed" },
  ]);
});

const terms = (keep: number, now: number) => ({ keep, graceMs: GRACE, now });

test("the active version and those in their grace are needed, the rest goes", () => {
  expect(of(through(1, 2, 3), [1, 2, 3], 0, 1_150)).toEqual([
    [1, "goes"],
    [2, "needed"],
    [3, "needed"],
  ]);
});

test("keep counts the versions left last, and the active one not among them", () => {
  const row = through(1, 2, 3, 4);
  expect(of(row, [1, 2, 3, 4], 2, 1e6)).toEqual([
    [1, "goes"],
    [2, "kept"],
    [3, "kept"],
    [4, "needed"],
  ]);
  // 2 was left, come back to by a rollback, and is active: the one kept is 3.
  expect(of(through(1, 2, 3, 2), [1, 3], 1, 1e6)).toEqual([
    [1, "goes"],
    [3, "kept"],
  ]);
});

test("declared versions count among the ones kept, versions without a table do not", () => {
  expect(of(through(1, 9, 10), [1, 10], 1, 1e6)).toEqual([
    [1, "goes"],
    [10, "needed"],
  ]);
  expect(of(through(1, 8, 10), [1, 10], 1, 1e6)).toEqual([
    [1, "kept"],
    [10, "needed"],
  ]);
});

test("one that was never live goes", () => {
  expect(fates(through(2, 4), { declared: [], undeclared: [3] }, terms(1, 1e6))).toEqual([
    {
      version: 3,
      fate: "goes",
      reason: "version 3 is not declared, not active and in no grace period",
    },
  ]);
});

test("the reason of one kept names the option and its figure", () => {
  expect(fates(through(1, 2), { declared: [], undeclared: [1] }, terms(3, 1e6))).toEqual([
    {
      version: 1,
      fate: "kept",
      reason: "version 1 is among the last 3 that were live (retention.keep)",
    },
  ]);
});
