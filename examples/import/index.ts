import * as pulumi from "@pulumi/pulumi";
import { VersionedTable } from "pulumi-swap";

// The control table, legacy_v7 and legacy_v8 exist already, made by scripts; the pointer is at 7.
// Nothing is created, changed or written: the program declares what exists.
const legacy = new VersionedTable("legacy", {
  alias: "legacy",
  controlTable: "legacy_swap",
  table: { hashKey: "id", attributes: [{ name: "id", type: "S" }] },
  versions: {
    // `adopt` may stay afterwards, or be removed.
    7: { adopt: true },
    8: { adopt: true },
  },
  activeVersion: new pulumi.Config().requireNumber("activeVersion"),
});

export const activeTable = legacy.activeTable;
