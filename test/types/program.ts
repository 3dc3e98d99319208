import type { Output } from "@pulumi/pulumi";
import {
  ActiveVersion,
  ControlTable,
  match,
  VersionedTable,
  type VersionedTableArgs,
  type VersionOutputs,
} from "pulumi-swap";
import { typed } from "./expect-type";

const control = new ControlTable("shop", { seed: { orders: 3 } });
const args: VersionedTableArgs = {
  alias: "orders",
  controlTable: control,
  table: { hashKey: "id", attributes: [{ name: "id", type: "S" }] },
  versions: [3, 4],
};
const orders = new VersionedTable("orders", {
  ...args,
  activeVersion: control.name.apply(() => 4),
});

typed<Output<string>>()(control.arn, true);
typed<Output<string | undefined>>()(orders.activeTable, true);
typed<Output<number | undefined>>()(orders.activeVersion, true);
typed<Output<Record<string, VersionOutputs>>>()(orders.versions, true);
typed<Output<string>>()(orders.readerPolicy, true);

new VersionedTable("mapped", {
  ...args,
  versions: { 3: {}, 4: { ttl: { attributeName: "expires", enabled: true } } },
  retention: { grace: "24h" },
  readiness: { coverage: { samples: 400, ratio: 0.99 } },
});
new ActiveVersion("by-hand", { alias: "orders", controlTable: "shop_swap", version: 4 });

// @ts-expect-error: the alias is required
new VersionedTable("none", { table: args.table, versions: [1] });
// @ts-expect-error: the name of a version's table follows from alias and version
new VersionedTable("named", { ...args, table: { ...args.table, name: "orders" } });
// @ts-expect-error: a version is a number
new VersionedTable("text", { ...args, versions: ["4"] });
// @ts-expect-error: keep or release
new VersionedTable("drop", { ...args, onDelete: "drop" });

export const matches: typeof match = match;
