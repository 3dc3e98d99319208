import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  findActive,
  getActive,
  liftBar,
  listAliases,
  type PointerRow,
  permitDeletion,
  type ResolvedTable,
  reopenVersions,
  resolveTable,
  rollback,
  setActive,
  tableName,
} from "pulumi-swap/pointer";
import { typed } from "./expect-type";

const ref = { client: new DynamoDBClient({}), controlTable: "shop_swap" };

export async function uses(): Promise<void> {
  typed<PointerRow>()(await getActive(ref, "orders"), true);
  typed<PointerRow | undefined>()(await findActive(ref, "orders"), true);
  typed<ResolvedTable>()(await resolveTable(ref, "orders"), true);
  typed<string>()(tableName("orders", 4), true);
  typed<number>()((await setActive(ref, "orders", 4)).version, true);
  await setActive(ref, "orders", 4, { expect: 3, reason: "why", actor: "who" });
  await rollback(ref, "orders", { from: 4, to: 3 });
  await liftBar(ref, "orders", 4);
  await setActive(ref, "orders", 4, { liftBar: true });
  await permitDeletion(ref, "orders", 3, (row) => typed<PointerRow | undefined>()(row, true));
  await reopenVersions(ref, "orders", [3]);
  for await (const listed of listAliases(ref)) typed<string>()(listed.alias, true);
  // @ts-expect-error: a version is a number
  await setActive(ref, "orders", "4");
  // @ts-expect-error: a rollback names both ends
  await rollback(ref, "orders", { from: 4 });
  // @ts-expect-error: no client
  await getActive({ controlTable: "shop_swap" }, "orders");
}
