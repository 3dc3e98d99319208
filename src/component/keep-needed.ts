import * as pulumi from "@pulumi/pulumi";
import { Clients } from "../dynamic";
import { isSwapError } from "../errors";
import { tableName } from "../pointer";
import type { Fate } from "../retention";
import { ownerOf } from "./owner";
import { graceMsOf } from "./retention";
import { awsOfStack } from "./stack-connection";
import { undeclaredVersions } from "./undeclared";
import { type DataSet, versionGuard, versionTable } from "./version-table";
import type { DeclaredVersion } from "./versions";

/** A version's table as a resource. */
export type Tabled = [version: number, table: ReturnType<typeof versionTable>];

/**
 * Automatic retirement: versions taken off the list are registered again, as they are, while they
 * are needed; those that are left out here are dropped by the engine, after their guards. What goes
 * and what stays is told with the reason, in a preview too.
 */
export function keepNeeded(
  set: DataSet,
  declared: readonly DeclaredVersion[],
  keep: number,
  swap: pulumi.Resource | undefined,
): pulumi.Output<Tabled[]> {
  const { args, parent } = set;
  const clients = new Clients();
  clients.configure(awsOfStack());
  const found = pulumi
    .all([set.controlTable, args.connection ?? {}])
    .apply(([controlTable, connection]) =>
      undeclaredVersions({
        client: clients.get(connection),
        controlTable,
        alias: args.alias,
        owner: ownerOf(set.name),
        declared: declared.map(({ version }) => version),
        keep,
        graceMs: graceMsOf(args.retention),
        now: Date.now(),
      }).catch((error: unknown) => {
        if (!isSwapError(error)) throw error;
        throw new pulumi.ResourceError(error.line, parent, true);
      }),
    );
  return found.apply((fates) =>
    fates.flatMap((fate): Tabled[] => {
      tell(args.alias, fate, parent);
      return fate.fate === "goes" ? [] : [[fate.version, keptAsItIs(set, fate.version, swap)]];
    }),
  );
}

function keptAsItIs(set: DataSet, version: number, swap: pulumi.Resource | undefined) {
  const { alias } = set.args;
  const table = versionTable(
    set,
    { version, table: tableName(alias, version), overrides: {} },
    {
      // The program no longer says what its arguments were.
      ignoreChanges: ["*"],
      // It is on its way out: a protection would still stand when it may go. The guard holds it.
      protect: false,
    },
  );
  versionGuard(set, version, table, swap);
  return table;
}

function tell(alias: string, { version, fate, reason }: Fate, parent: pulumi.Resource): void {
  const table = `table "${tableName(alias, version)}"`;
  if (fate === "needed")
    void pulumi.log.warn(
      `${table} stays, though its version is not declared: ${reason}; a later pulumi up drops it, once it is no longer needed`,
      parent,
    );
  else void pulumi.log.info(`${table} ${fate === "kept" ? "stays" : "goes"}: ${reason}`, parent);
}
