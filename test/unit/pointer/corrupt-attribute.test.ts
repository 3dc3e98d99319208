import type { RawRow } from "../../../src/pointer";
import { corruptRowError } from "../../../src/pointer/corrupt-attribute";

const hist = { L: [] };
const barred = { NS: ["3"] };

test.each<[string, RawRow | undefined]>([
  ["no row", undefined],
  ["a foreign writer's row", { ver: { N: "4" } }],
  ["a row of ours", { ver: { N: "4" }, hist, barred }],
])("%s has no corrupt attribute", (_what, row) => {
  expect(corruptRowError("swap", "orders", row)).toBeUndefined();
});

test.each<[string, RawRow, string, string]>([
  ["text for a history", { hist: { S: "x" }, barred }, "hist", '"x" (S)'],
  ["text for bars", { hist, barred: { S: "3" } }, "barred", '"3" (S)'],
  ["a number for bars", { barred: { N: "3" } }, "barred", '"3" (N)'],
])("%s is a corrupt attribute, named in the error", (_what, row, attribute, found) => {
  expect(corruptRowError("swap", "orders", row)).toMatchObject({
    code: "swap.malformed-row",
    payload: { alias: "orders", controlTable: "swap", attribute, found },
  });
});
