import { assertKeep, DEFAULT_GRACE, type TableRetention } from "../dynamic";
import { assertFields, defined, formatValue, invalidInput, parseDuration } from "../validation";

/** How long a deactivated version keeps its table. */
export interface Retention {
  /**
   * Time after a version's deactivation during which its table may not be deleted.
   * @default "24h"
   */
  grace?: string;
  /**
   * Turns automatic retirement on: a version removed from `versions` keeps its table while it is active,
   * within its grace period, or among the last `keep` versions that were live; a later `pulumi up` deletes
   * it. A whole number, 0 or more. Default: removing a version that is still in use is refused.
   */
  keep?: number;
  /** Versions whose tables another program manages; they are never changed. */
  unmanaged?: number[];
  /**
   * The longest time that a reader may use an older pointer: its `refreshMs`, or `maxStaleMs` if readers
   * must survive outages. The grace period must not be shorter.
   * @default "1m"
   */
  readersRefresh?: string;
}

const DEFAULT_REFRESH = "1m";

/** What the swap says of the table that a move leaves. With `keep`, a forced deletion waits as well. */
export function tableRetention(
  { grace = DEFAULT_GRACE, keep, unmanaged }: Retention = {},
  forceDestroy: unknown,
): TableRetention {
  const forced = keep === undefined && forceDestroy !== false;
  return defined({ grace: forced ? undefined : grace, keep, unmanaged });
}

/** The grace period in milliseconds, declared or default. */
export function graceMsOf(retention: Retention | undefined): number {
  return parseDuration(retention?.grace ?? DEFAULT_GRACE, "retention.grace");
}

/**
 * Checks the durations, that the grace outlasts the readers' refresh, and `keep`.
 *
 * @throws SwapError `swap.input-invalid`
 */
export function checkRetention(retention: Retention = {}): void {
  assertFields("retention", retention, retentionFields);
  const graceText = retention.grace ?? DEFAULT_GRACE;
  const refreshText = retention.readersRefresh ?? DEFAULT_REFRESH;
  if (graceMsOf(retention) < parseDuration(refreshText, "retention.readersRefresh"))
    throw invalidInput(
      "retention.grace",
      formatValue(graceText),
      `readers may use the version left for up to ${refreshText} (retention.readersRefresh)`,
      `use a grace of ${refreshText} or more, or state a shorter refresh that holds for all readers`,
    );
  if (retention.keep !== undefined) assertKeep(retention.keep);
}

const retentionFields = [
  "grace",
  "readersRefresh",
  "keep",
  "unmanaged",
] satisfies (keyof Retention)[];
