import type { PointerRow } from "../../pointer";
import type { VersionTable } from "../../pointer/version-tables";
import {
  type DeletionBlock,
  deletionBlock,
  type GracePeriod,
  versionStatus,
} from "../../retention";
import { defined } from "../../validation";
import { formatTime } from "../format";
import type { Finding } from "./finding";

/**
 * Checks the inactive tables of an alias: reports tables that its pointer does not explain, tables that
 * wait for their cut-over and, if the grace period is known, when deactivated tables may be deleted.
 */
export function checkInactiveTables(
  alias: string,
  row: PointerRow | undefined,
  tables: readonly VersionTable[],
  grace?: GracePeriod,
): Finding[] {
  const active = row?.version ?? 1;
  return tables.flatMap(({ version, table }): Finding[] => {
    if (version === active) return [];
    if (row === undefined) return [heldWithoutRow(alias, version, table)];
    const block = grace && deletionBlock(row, version, grace);
    if (block !== undefined) return [inGrace(alias, table, block)];
    const { role, retired } = versionStatus(alias, row, version, grace);
    if (retired) return [deletionPermitted(alias, version, table)];
    switch (role) {
      case "orphan":
        return [
          {
            severity: "warning",
            code: "orphan",
            alias,
            table,
            message: `table "${table}" is behind the active version ${active}, and nothing says that it ever was active`,
            fix: `delete it if nothing reads it, or declare version ${version} again so that Pulumi keeps it`,
          },
        ];
      case "ahead":
        return [
          {
            severity: "info",
            code: "ahead",
            alias,
            table,
            message: `table "${table}" is ahead of the active version ${active}`,
            fix: "nothing while it is backfilled; activate it when it is ready, or remove it",
          },
        ];
      default:
        return grace === undefined ? [] : [deletable(alias, { version, table })];
    }
  });
}

/** Without a row: a lost row and one that never existed look the same. */
function heldWithoutRow(alias: string, version: number, table: string): Finding {
  return {
    severity: "info",
    code: "held-without-row",
    alias,
    table,
    message: `table "${table}" has to stay: alias "${alias}" has no row, so it is not known whether version ${version} is in use`,
    fix: "leave it until the row is restored, or a version is activated",
  };
}

function deletionPermitted(alias: string, version: number, table: string): Finding {
  return {
    severity: "info",
    code: "retired",
    alias,
    table,
    message: `table "${table}" is there, although its deletion was permitted`,
    fix: `run the pulumi up that deletes it again, or list ${version} in versions to keep it`,
  };
}

function inGrace(alias: string, table: string, block: DeletionBlock): Finding {
  const until = formatTime(block.until);
  return {
    severity: "info",
    code: "in-grace",
    alias,
    table,
    ...defined({ until }),
    message: `table "${table}" has to stay: ${block.reason}`,
    fix: until === undefined ? "leave it" : `nothing; leave it until ${until}`,
  };
}

function deletable(alias: string, { version, table }: VersionTable): Finding {
  return {
    severity: "info",
    code: "may-go",
    alias,
    table,
    message: `table "${table}" may go: version ${version} was left, and its grace period is over`,
    fix: `nothing if it is kept for a rollback; else take version ${version} out of versions and run pulumi up`,
  };
}
