import * as pulumi from "@pulumi/pulumi";
import { VersionedTable } from "pulumi-swap";

const config = new pulumi.Config();

const orders = new VersionedTable("orders", {
  alias: "orders",
  // The name of a control table in the account and Region of the tables: no stack reference is needed.
  controlTable: "shop_swap",
  table: { hashKey: "orderId", attributes: [{ name: "orderId", type: "S" }] },
  versions: [1, 2],
  activeVersion: config.requireNumber("orders"),
});

export const activeTable = orders.activeTable;
