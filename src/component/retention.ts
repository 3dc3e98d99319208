import { assertKeep, DEFAULT_GRACE } from "../dynamic";
import { assertFields, formatValue, invalidInput, parseDuration } from "../validation";

/** How long a version that was left keeps its table. */
export interface Retention {
  /**
   * Time after a version was left during which its table may not go.
   * @default "24h"
   */
  grace?: string;
  /**
   * Turns automatic retirement on: a version taken off `versions` keeps its table while it is active,
   * inside its grace, or among the last `keep` that were live before; a later `pulumi up` drops it.
   * A whole number, 0 or more. Left out, taking a version that is still needed off the list is refused.
   */
  keep?: number;
  /** Versions whose tables something else manages: they are left alone. */
  unmanaged?: number[];
  /**
   * The longest that a reader may go on with an older pointer: its `refreshMs`, and `maxStaleMs`
   * where outages are to be outlived. The grace must not be shorter.
   * @default "1m"
   */
  readersRefresh?: string;
}

const DEFAULT_REFRESH = "1m";

/** The grace in milliseconds, declared or by default. */
export function graceMsOf(retention: Retention | undefined): number {
  return parseDuration(retention?.grace ?? DEFAULT_GRACE, "retention.grace");
}

/**
 * Checks the durations, that the grace outlasts the readers' refresh, and `keep`.
 *
 * @throws SwapError `swap.input-invalid`
 */
export function checkRetention(retention: Retention = {}): void {
  assertFields("retention", retention, known);
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

const known = ["grace", "readersRefresh", "keep", "unmanaged"] satisfies (keyof Retention)[];
