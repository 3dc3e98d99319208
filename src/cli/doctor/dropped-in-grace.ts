import type { PointerRow } from "../../pointer";
import type { VersionTable } from "../../pointer/version-tables";
import { activePeriods, deletionBlock, type GracePeriod } from "../../retention";
import { formatTime } from "../format";
import { tableOrNull } from "../pointer-json";
import type { Finding } from "./finding";

/**
 * Finds versions that were active before and whose table is missing within their grace period. Versions
 * deactivated by a writer without our history are not known.
 */
export function checkDroppedInGrace(
  alias: string,
  row: PointerRow | undefined,
  tables: readonly VersionTable[],
  grace: GracePeriod,
): Finding[] {
  if (row === undefined) return [];
  const present = new Set(tables.map(({ version }) => version));
  const recorded = new Set(activePeriods(row).map(({ version }) => version));
  return [...recorded].flatMap((version): Finding[] => {
    if (version === row.version || present.has(version)) return [];
    const block = deletionBlock(row, version, grace);
    const until = formatTime(block?.until);
    if (block === undefined || until === undefined) return [];
    const table = tableOrNull(alias, version, row);
    return [
      {
        severity: "warning",
        code: "dropped-in-grace",
        alias,
        table,
        until,
        message: `table "${table}" does not exist, and ${block.reason}`,
        fix: "restore it if something still reads it, and find out who dropped it",
      },
    ];
  });
}
