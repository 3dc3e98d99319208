import * as pulumi from "@pulumi/pulumi";
import { ControlTable, VersionedTable } from "pulumi-swap";

const config = new pulumi.Config();

const control = new ControlTable("billing", { name: "billing_swap" });

const invoices = new VersionedTable("invoices", {
  alias: "invoices",
  controlTable: control,
  // What all versions have in common.
  table: { pointInTimeRecovery: { enabled: true } },
  versions: {
    1: {
      hashKey: "invoiceId",
      attributes: [{ name: "invoiceId", type: "S" }],
    },
    // Invoices by customer, and the open ones by due date: another key schema, so another table.
    2: {
      hashKey: "customer",
      rangeKey: "invoiceId",
      attributes: [
        { name: "customer", type: "S" },
        { name: "invoiceId", type: "S" },
        { name: "openUntil", type: "S" },
      ],
      globalSecondaryIndexes: [
        { name: "open", hashKey: "customer", rangeKey: "openUntil", projectionType: "ALL" },
      ],
    },
  },
  activeVersion: config.requireNumber("activeVersion"),
  // Items of version 1 are looked up in version 2 by the new key, whose attributes they hold already.
  readiness: { coverage: { samples: 100, ratio: 1 } },
  reason: "invoices by customer",
});

export const activeTable = invoices.activeTable;
