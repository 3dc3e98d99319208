import type { PointerRow } from "../../../src/pointer";
import { retentionPlan } from "../../../src/retention";

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
  retentionPlan(row, { declared: [9], undeclared }, { keep, graceMs: GRACE, now }).map(
    ({ version, decision }) => [version, decision],
  );

test("without a row every version is in use", () => {
  const none = { declared: [], undeclared: [1, 2] };
  expect(retentionPlan(undefined, none, terms(0, 1e15))).toMatchObject([
    { version: 1, decision: "in use" },
    { version: 2, decision: "in use" },
  ]);
});

const terms = (keep: number, now: number) => ({ keep, graceMs: GRACE, now });

test("the active version and those in their grace are in use, the rest may be deleted", () => {
  expect(of(through(1, 2, 3), [1, 2, 3], 0, 1_150)).toEqual([
    [1, "delete"],
    [2, "in use"],
    [3, "in use"],
  ]);
});

test("keep counts the versions that were live last, without the active one", () => {
  const row = through(1, 2, 3, 4);
  expect(of(row, [1, 2, 3, 4], 2, 1e6)).toEqual([
    [1, "delete"],
    [2, "retain"],
    [3, "retain"],
    [4, "in use"],
  ]);
  // 2 was left, come back to by a rollback, and is active: the one kept is 3.
  expect(of(through(1, 2, 3, 2), [1, 3], 1, 1e6)).toEqual([
    [1, "delete"],
    [3, "retain"],
  ]);
});

test("declared versions count among the retained ones, versions without a table do not", () => {
  expect(of(through(1, 9, 10), [1, 10], 1, 1e6)).toEqual([
    [1, "delete"],
    [10, "in use"],
  ]);
  expect(of(through(1, 8, 10), [1, 10], 1, 1e6)).toEqual([
    [1, "retain"],
    [10, "in use"],
  ]);
});

test("one that was never live may be deleted", () => {
  expect(retentionPlan(through(2, 4), { declared: [], undeclared: [3] }, terms(1, 1e6))).toEqual([
    {
      version: 3,
      decision: "delete",
      reason: expect.stringMatching(/^version 3 /),
    },
  ]);
});

test("the reason of one retained names the option and its figure", () => {
  expect(retentionPlan(through(1, 2), { declared: [], undeclared: [1] }, terms(3, 1e6))).toEqual([
    {
      version: 1,
      decision: "retain",
      reason: expect.stringMatching(/^version 1 .*\b3\b.*retention\.keep/),
    },
  ]);
});

test("a version that a cut history can't place among the last ones is retained", () => {
  // Up and back, five times: of the last three, only two are known.
  const row = through(4, 5, 4, 5, 4, 5, 4, 5, 4, 5);
  const at = (keep: number) => of(row, [1, 2, 4], keep, 1e9);
  expect(at(1)).toEqual([
    [1, "delete"],
    [2, "delete"],
    [4, "retain"],
  ]);
  expect(at(2)).toEqual([
    [1, "retain"],
    [2, "retain"],
    [4, "retain"],
  ]);
  const whole = { ...row, history: row.history.slice(1) };
  expect(of(whole, [1, 2, 4], 2, 1e9).slice(0, 2)).toEqual([
    [1, "delete"],
    [2, "delete"],
  ]);
});
