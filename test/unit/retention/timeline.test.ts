import type { PointerRow } from "../../../src/pointer";
import { timeline } from "../../../src/retention";

const row = { alias: "orders", version: 5, history: [], barred: [], retired: [] };

test("each move is a stay that ends with the next, or with the next whose time is known", () => {
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
  expect(timeline(ours)).toStrictEqual([
    { version: 2, from: 0, until: 40, active: false, foreign: false },
    { version: 3, until: 40, active: false, foreign: true },
    { version: 5, from: 40, active: true, foreign: false },
  ]);
});

test("a foreign writer's advance that no entry tells is the last stay, with its time or without", () => {
  const history: PointerRow["history"] = [{ version: 4, kind: "set", at: 10 }];
  const stay = { version: 5, active: true, foreign: true };
  expect(timeline({ ...row, foreign: true, activatedAt: 20, history })).toStrictEqual([
    { version: 4, from: 10, until: 20, active: false, foreign: false },
    { ...stay, from: 20 },
  ]);
  expect(timeline({ ...row, foreign: true, history })).toStrictEqual([
    { version: 4, from: 10, active: false, foreign: false },
    stay,
  ]);
});
