import { assertMigratable } from "../../../src/dynamic/migrated-tables";
import { refused } from "../../support/refused";
import { describing } from "./fake-client";

const planned = { alias: "orders", migrationTable: "orders_migration", migrating: [3, 4] };
const streaming = (StreamViewType: "NEW_AND_OLD_IMAGES" | "KEYS_ONLY") => ({
  StreamSpecification: { StreamEnabled: true, StreamViewType },
});

/** How a program that declares a migration for the first time is refused. */
async function refusedFix(tables: Parameters<typeof describing>[0]) {
  const { payload } = await refused(
    assertMigratable(describing(tables).client, planned, {}),
    "swap.input-invalid",
  );
  return payload as { name: string; fix: string };
}

test("what a killed pulumi up has left is to be removed by another one, not by hand", async () => {
  const left = { orders_migration: streaming("KEYS_ONLY") };
  // It may have been killed before or after it turned the versions' streams off.
  for (const tables of [left, { ...left, orders_v3: streaming("NEW_AND_OLD_IMAGES") }]) {
    const { name, fix } = await refusedFix(tables);
    expect(name).toBe("migrateFrom");
    expect(fix).toMatch(/^take migrateFrom out, run pulumi up/);
  }
});

test("a record of swap migrate copy is to be deleted, and another program's stream to be declared", async () => {
  const copied = await refusedFix({ orders_migration: {} });
  expect(copied).toMatchObject({
    name: "migrateFrom",
    fix: expect.stringMatching(/^delete table/),
  });
  const read = await refusedFix({ orders_v4: streaming("NEW_AND_OLD_IMAGES") });
  expect(read).toMatchObject({ name: "streamViewType of version 4" });
});

test("a migration that the state knows goes on with its own table and streams", async () => {
  const { client } = describing({
    orders_migration: streaming("KEYS_ONLY"),
    orders_v3: streaming("NEW_AND_OLD_IMAGES"),
  });
  const before = { migrationTable: "orders_migration" };
  await expect(assertMigratable(client, planned, before)).resolves.toBeUndefined();
});
