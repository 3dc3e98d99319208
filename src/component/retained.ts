import type * as pulumi from "@pulumi/pulumi";
import { tableName } from "../pointer";
import type { PlanResource } from "./resource-factory";
import { type DataSet, versionGuard, versionTable } from "./version-table";

/** A version's table as a resource. */
export type VersionTableEntry = [version: number, table: ReturnType<typeof versionTable>];

/**
 * The versions that the retention plan retains, registered again as they are. What is not registered
 * is deleted by the engine, after its guard.
 */
export function retainedTables(
  set: DataSet,
  plan: PlanResource,
  swap: pulumi.Resource | undefined,
): pulumi.Output<VersionTableEntry[]> {
  const { alias } = set.args;
  return plan.retained.apply((retained) =>
    (retained ?? []).map((version): VersionTableEntry => {
      const declared = { version, table: tableName(alias, version), overrides: {} };
      // The program no longer says what the arguments were.
      const table = versionTable(set, declared, { ignoreChanges: ["*"], dependsOn: [plan] });
      versionGuard(set, declared, table, swap, { ignoreChanges: ["deletionProtection"] });
      return [version, table];
    }),
  );
}
