import type { SwapErrorCode } from "../errors";
import { isBarred, isRetired, type PointerRow, rollbackRefusal, setRefusal } from "../pointer";
import { deletionBlock, type GracePeriod } from "./deletion-block";

/**
 * A version's relation to the pointer: `active` takes the traffic; `previous` was active before it;
 * `retiring` was active earlier, or may have been until recently; `ahead` awaits its cut-over;
 * `orphan` is behind the pointer and was never active as far as the row shows.
 */
export type VersionRole = "active" | "previous" | "retiring" | "orphan" | "ahead";

/** What the row says about one version. */
export interface VersionStatus {
  role: VersionRole;
  /** Rolled back from, and its bar is not lifted. */
  barred: boolean;
  /** The deletion of its table was permitted. */
  retired: boolean;
  /**
   * Why the version can't be made active from here, by a set or, behind the active version, by a
   * rollback; absent where it can, and for the active version.
   */
  refused?: SwapErrorCode;
}

/**
 * How long after a foreign writer's advance any earlier version may still be in use, in
 * milliseconds: VersionGuard's default grace period.
 */
const DEFAULT_GRACE_MS = 86_400_000;

/**
 * The status of a version, by the same rules that refuse previews and updates. Without a row,
 * version 1 is implicitly active.
 */
export function versionStatus(
  alias: string,
  row: PointerRow | undefined,
  version: number,
  grace: GracePeriod = { graceMs: DEFAULT_GRACE_MS, now: Date.now() },
): VersionStatus {
  const refused = refusalOf(alias, row, version)?.code;
  return {
    role: roleOf(version, row, grace),
    barred: row !== undefined && isBarred(row, version),
    retired: row !== undefined && isRetired(row, version),
    ...(refused !== undefined && { refused }),
  };
}

function refusalOf(alias: string, row: PointerRow | undefined, version: number) {
  if (version === row?.version) return undefined;
  return row !== undefined && version < row.version
    ? rollbackRefusal(alias, { from: row.version, to: version }, row)
    : setRefusal(alias, version, row);
}

function roleOf(version: number, row: PointerRow | undefined, grace: GracePeriod): VersionRole {
  const active = row?.version ?? 1;
  if (version === active) return "active";
  if (version === previousOf(row)) return "previous";
  if (version > active) return "ahead";
  if (row?.history.some((entry) => entry.version === version)) return "retiring";
  return deletionBlock(row, version, grace) ? "retiring" : "orphan";
}

/** Before the first update of a row that we created, version 1 was implicitly active. */
function previousOf(row: PointerRow | undefined): number | undefined {
  if (row === undefined || row.foreign || row.history.length > 1) return row?.previous;
  return row.previous ?? 1;
}
