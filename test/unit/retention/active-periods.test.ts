import type { PointerRow } from "../../../src/pointer";
import { activePeriods } from "../../../src/retention";

const row = { alias: "orders", version: 5, history: [], barred: [], retired: [] };

test("an active period ends at the next update, or at the next one with a known time", () => {
  const ours: PointerRow = {
    ...row,
    foreign: false,
    activatedAt: 40,
    history: [
      { version: 2, kind: "seed", at: 0 },
      { version: 3, kind: "foreign" },
      { version: 5, kind: "set", at: 40 },
    ],
  };
  expect(activePeriods(ours)).toStrictEqual([
    { version: 2, activatedAt: 0, deactivatedAt: 40, active: false, foreign: false },
    { version: 3, deactivatedAt: 40, active: false, foreign: true },
    { version: 5, activatedAt: 40, active: true, foreign: false },
  ]);
});

test("an unrecorded foreign advance is the last active period, with or without a time", () => {
  const history: PointerRow["history"] = [{ version: 4, kind: "set", at: 10 }];
  const last = { version: 5, active: true, foreign: true };
  expect(activePeriods({ ...row, foreign: true, activatedAt: 20, history })).toStrictEqual([
    { version: 4, activatedAt: 10, deactivatedAt: 20, active: false, foreign: false },
    { ...last, activatedAt: 20 },
  ]);
  expect(activePeriods({ ...row, foreign: true, history })).toStrictEqual([
    { version: 4, activatedAt: 10, active: false, foreign: false },
    last,
  ]);
});
