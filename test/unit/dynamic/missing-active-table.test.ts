import { missingActiveTable } from "../../../src/dynamic/missing-active-table";
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

async function lineOf(
  given: {
    olds?: object;
    inputs?: object;
    live?: PointerRow | undefined;
    tables?: Parameters<typeof describing>[0];
  } = {},
): Promise<string | undefined> {
  const { client } = describing(given.tables ?? {});
  const refusal = await missingActiveTable(
    { client, controlTable: "shop" },
    given.olds ?? { version: 2 },
    { ...inputs, ...given.inputs },
    "live" in given ? given.live : live(2),
  );
  return refusal?.line;
}

test("a plan that would recreate a live version's missing table is refused", async () => {
  expect(await lineOf()).toBe(
    'version 2 of alias "orders" is not ready (gate table): it is live, but its table "orders_v2" is gone, and this update would make an empty one; restore "orders_v2" from a backup and declare its version with adopt: true, or set readiness.table to false to go on with an empty table',
  );
});

test("a rollback to a version whose table does not exist is no plan for an empty one", async () => {
  const back = { olds: {}, inputs: { rollbackFrom: 3 }, live: live(3) };
  expect(await lineOf(back)).toContain("this update would roll back to an empty one; ");
  expect(await lineOf({ ...back, tables: { orders_v2: {} } })).toBeUndefined();
  expect(await lineOf({ ...back, live: live(4) })).toBeUndefined();
});

test.each([
  ["a table that is there, being replaced", { tables: { orders_v2: {} } }],
  ["a resource that is new in the stack", { olds: {} }],
  ["a table that is known, so not to be made", { inputs: { table: "orders_v2" } }],
  ["a version that is not live yet", { live: live(1) }],
  ["an alias without a row", { live: undefined }],
  ["a gate turned off by name", { inputs: { readiness: { table: false } } }],
])("lets pass %s", async (_name, given) => {
  expect(await lineOf(given)).toBeUndefined();
});
