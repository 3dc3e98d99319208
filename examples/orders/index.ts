import * as pulumi from "@pulumi/pulumi";
import { ControlTable, VersionedTable } from "pulumi-swap";

const config = new pulumi.Config();

const forceDestroy = config.getBoolean("forceDestroy") ?? false;

const control = new ControlTable("control", {
  name: "demo_swap",
  deletionProtection: !forceDestroy,
});

const orders = new VersionedTable("orders", {
  alias: "orders",
  controlTable: control,
  table: {
    hashKey: "orderId",
    attributes: [{ name: "orderId", type: "S" }],
  },
  versions: {
    1: {},
    // Version 2 adds a lookup by customer: a new schema is a common reason to copy the data.
    2: {
      attributes: [
        { name: "orderId", type: "S" },
        { name: "customer", type: "S" },
        { name: "placedAt", type: "S" },
      ],
      globalSecondaryIndexes: [
        { name: "byCustomer", hashKey: "customer", rangeKey: "placedAt", projectionType: "ALL" },
      ],
    },
  },
  activeVersion: config.requireNumber("activeVersion"),
  // The last swap verify has to be recent, and to have found no differences.
  readiness: { verify: { within: "1h" } },
  rollbackFrom: config.getNumber("rollbackFrom"),
  retention: { grace: "24h" },
  forceDestroy,
});

export const activeTable = orders.activeTable;
export const environment = orders.environment;
