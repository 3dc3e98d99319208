import type { PointerRow } from "../../pointer/row";
import type { VersionTable } from "../../pointer/version-tables";
import { roleOf } from "../role";
import type { Finding } from "./finding";

/** Tables of an alias that its pointer does not explain, and those that wait for their cut-over. */
export function checkLeftovers(
  alias: string,
  row: PointerRow | undefined,
  tables: readonly VersionTable[],
): Finding[] {
  return tables.flatMap(({ version, table }): Finding[] => {
    const role = roleOf(version, row);
    if (role === "orphan")
      return [
        {
          severity: "warning",
          code: "orphan",
          alias,
          table,
          message: `table "${table}" is behind the active version ${row?.version ?? 1}, and nothing says that it ever was active`,
          fix: `delete it if nothing reads it, or declare version ${version} again so that Pulumi keeps it`,
        },
      ];
    if (role === "ahead")
      return [
        {
          severity: "info",
          code: "ahead",
          alias,
          table,
          message: `table "${table}" is ahead of the active version ${row?.version ?? 1}`,
          fix: "nothing while it is backfilled; activate it when it is ready, or remove it",
        },
      ];
    return [];
  });
}
