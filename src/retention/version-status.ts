import type { SwapErrorCode } from "../errors";
import { type PointerRow, rollbackRefusal, setRefusal } from "../pointer";
import { deletionBlock, type GraceTerms } from "./deletion-block";

/**
 * What a version is to its alias: `active` takes the traffic; `previous` was active before it;
 * `retiring` was active earlier, or may have been until a short while ago; `ahead` waits for its
 * cut-over; `orphan` is behind the pointer and nothing says that it ever was active.
 */
export type Role = "active" | "previous" | "retiring" | "orphan" | "ahead";

/** What the row says of one version. */
export interface VersionStatus {
  role: Role;
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
const GRACE_MS = 86_400_000;

/**
 * What a version is to its alias, by the rules that previews and updates refuse by. Without a row,
 * version 1 is implied to be active.
 */
export function versionStatus(
  alias: string,
  row: PointerRow | undefined,
  version: number,
  grace: GraceTerms = { graceMs: GRACE_MS, now: Date.now() },
): VersionStatus {
  const refused = activationRefusal(alias, row, version)?.code;
  return {
    role: roleOf(version, row, grace),
    barred: row?.barred.includes(version) ?? false,
    retired: row?.retired.includes(version) ?? false,
    ...(refused !== undefined && { refused }),
  };
}

function activationRefusal(alias: string, row: PointerRow | undefined, version: number) {
  if (version === row?.version) return undefined;
  return row !== undefined && version < row.version
    ? rollbackRefusal(alias, { from: row.version, to: version }, row)
    : setRefusal(alias, version, row);
}

function roleOf(version: number, row: PointerRow | undefined, grace: GraceTerms): Role {
  const active = row?.version ?? 1;
  if (version === active) return "active";
  if (version === previousOf(row)) return "previous";
  if (version > active) return "ahead";
  if (row?.history.some((entry) => entry.version === version)) return "retiring";
  return deletionBlock(row, version, grace) ? "retiring" : "orphan";
}

/** Before the first move of a row that we began, version 1 was implied. */
function previousOf(row: PointerRow | undefined): number | undefined {
  if (row === undefined || row.foreign || row.history.length > 1) return row?.previous;
  return row.previous ?? 1;
}
