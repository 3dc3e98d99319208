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
  // The last swap verify has to be recent, and to have found no differences.
  readiness: { verify: { within: "1h" } },
  reason: "invoices by customer",
});

export const activeTable = invoices.activeTable;
