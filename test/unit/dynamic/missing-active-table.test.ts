import { missingActiveTable } from "../../../src/dynamic/missing-active-table";
import type { SwapError } from "../../../src/errors";
import type { PointerRow } from "../../../src/pointer";
import { UNKNOWN } from "../../../src/validation";
import { describing } from "./fake-client";

const live = (version: number): PointerRow => ({
  alias: "orders",
  version,
  foreign: false,
  history: [],
  barred: [],
  retired: [],
});

const inputs = { alias: "orders", controlTable: "shop", version: 2, table: UNKNOWN };

async function refusalOf(
  given: {
    olds?: object;
    inputs?: object;
    live?: PointerRow | undefined;
    tables?: Parameters<typeof describing>[0];
  } = {},
): Promise<SwapError | undefined> {
  const { client } = describing(given.tables ?? {});
  return missingActiveTable(
    { client, controlTable: "shop" },
    given.olds ?? { version: 2 },
    { ...inputs, ...given.inputs },
    "live" in given ? given.live : live(2),
  );
}

const refusal = {
  code: "swap.not-ready",
  payload: { alias: "orders", version: 2, table: "orders_v2", gate: "table" },
};

test("a plan that would recreate a live version's missing table is refused", async () => {
  expect(await refusalOf()).toMatchObject({
    ...refusal,
    payload: { ...refusal.payload, fix: expect.stringContaining("adopt: true") },
  });
});

test("a rollback to a version whose table does not exist is no plan for an empty one", async () => {
  const back = { olds: {}, inputs: { rollbackFrom: 3 }, live: live(3) };
  expect(await refusalOf(back)).toMatchObject({
    ...refusal,
    payload: { ...refusal.payload, fix: expect.not.stringContaining("adopt: true") },
  });
  expect(await refusalOf({ ...back, tables: { orders_v2: {} } })).toBeUndefined();
  expect(await refusalOf({ ...back, live: live(4) })).toBeUndefined();
});

test.each([
  ["a table that is there, being replaced", { tables: { orders_v2: {} } }],
  ["a resource that is new in the stack", { olds: {} }],
  ["a table that is known, so not to be made", { inputs: { table: "orders_v2" } }],
  ["a version that is not live yet", { live: live(1) }],
  ["an alias without a row", { live: undefined }],
  ["a gate that is turned off", { inputs: { readiness: { table: false } } }],
])("lets pass %s", async (_name, given) => {
  expect(await refusalOf(given)).toBeUndefined();
});
