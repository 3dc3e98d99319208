import { parseDuration } from "../duration";
import { DEFAULT_GRACE } from "../dynamic/version-guard";
import { SwapError } from "../errors";

/** How long a version that was left keeps its table. */
export interface Retention {
  /** Time after a version was left during which its table may not go. Default `24h`. */
  grace?: string;
  /**
   * The longest that a reader may go on with an older pointer: its `refreshMs`, and `maxStaleMs`
   * where outages are to be outlived. The grace must not be shorter. Default `1m`.
   */
  readersRefresh?: string;
}

const DEFAULT_REFRESH = "1m";

/**
 * Checks the durations and that the grace outlasts the readers' refresh.
 *
 * @throws SwapError `swap.input-invalid`
 */
export function checkRetention({ grace, readersRefresh }: Retention = {}): void {
  const graceText = grace ?? DEFAULT_GRACE;
  const refreshText = readersRefresh ?? DEFAULT_REFRESH;
  const graceMs = parseDuration(graceText, "retention.grace");
  if (graceMs < parseDuration(refreshText, "retention.readersRefresh"))
    throw new SwapError("swap.input-invalid", {
      name: "retention.grace",
      value: JSON.stringify(graceText),
      rule: `readers may use the version left for up to ${refreshText} (retention.readersRefresh)`,
      fix: `use a grace of ${refreshText} or more, or state a shorter refresh that holds for all readers`,
    });
}
