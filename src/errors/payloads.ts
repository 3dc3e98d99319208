/**
 * What each error code carries, besides its message. Versions are active-version numbers; times are
 * unix milliseconds as written in the control table.
 */
export interface SwapErrorPayloads {
  /** The alias has no row in the control table. */
  "swap.no-active-version": { alias: string; controlTable: string };
  /** The requested version is not greater than the live one. */
  "swap.version-regressed": {
    alias: string;
    requested: number;
    active: number;
    /** Absent when the row has no `at`. */
    activatedAt?: number;
    /** Who wrote the live version; absent when a foreign writer did. */
    by?: string;
  };
  /** The requested version was rolled back from and is refused until its bar is lifted explicitly. */
  "swap.version-barred": { alias: string; requested: number; active?: number };
  /** The deletion of the requested version's table was permitted; declaring it again reopens it. */
  "swap.version-retired": { alias: string; requested: number; active?: number };
  /** The live version is not the one the caller expected; `active` is absent when there is no row. */
  "swap.expectation-failed": {
    alias: string;
    requested: number;
    expected: number;
    active?: number;
  };
  /** The write may or may not have been applied, and the reads that would settle it failed too. */
  "swap.outcome-unknown": { alias: string; requested: number; operation: string };
  /** A control row that breaks the contract. `found` shows the offending attribute as stored. */
  "swap.malformed-row": { alias: string; controlTable: string; attribute: string; found: string };
  /** A number that is no version: `value` as given, or as stored when `source` is "row". */
  "swap.version-out-of-range": {
    value: string;
    rule: string;
    source: "input" | "row";
    alias?: string;
  };
  /** A name that can't be an alias, or can't with the version asked for. */
  "swap.alias-invalid": { alias: string; rule: string };
  /** The control table does not exist where the client looks. */
  "swap.control-table-missing": { controlTable: string; region?: string; endpoint?: string };
  /**
   * The connection reaches another control table than the program declares. `found` and `declared`
   * are ARNs, `differs` says in which parts they differ.
   */
  "swap.location-mismatch": {
    controlTable: string;
    found: string;
    declared: string;
    differs: string;
    fix: string;
  };
  /** The version may not go live. `gate` names the check that refused. */
  "swap.not-ready": {
    alias: string;
    version: number;
    table: string;
    gate: string;
    reason: string;
    fix: string;
  };
  /** The version's table may not go. */
  "swap.version-in-use": {
    alias: string;
    version: number;
    table: string;
    reason: string;
    /** Unix milliseconds from which it may go; absent while it is active. */
    until?: number;
    /** What to do about it, where that is not to wait or to activate another version. */
    fix?: string;
  };
  /** AWS refused the caller, or no credentials were found. */
  "swap.access-denied": { action: string; resource: string; reason: string; fix: string };
  /** No answer from the endpoint: DNS, connection, time-out, throttling or a server fault. */
  "swap.unreachable": { endpoint: string; action: string; reason: string };
  /** A resolver was used after its `stop()`. */
  "swap.reader-stopped": { alias: string; controlTable: string };
  /**
   * A resolver's pointer was not confirmed for longer than its `maxStaleMs`. `reason` and `fix` are
   * those of the last read that failed, which is the cause.
   */
  "swap.stale": {
    alias: string;
    controlTable: string;
    /** The version that was served until then. */
    version: number;
    /** Milliseconds since the last good read started. */
    stalenessMs: number;
    maxStaleMs: number;
    reason: string;
    fix: string;
  };
  /** A request, or a pagination, is held on a version whose table does not exist. */
  "swap.version-gone": { alias: string; version: number; table: string; action: string };
  /** Any other argument, flag, environment variable or input that breaks its rule. */
  "swap.input-invalid": { name: string; value: string; rule: string; fix: string };
  /** DynamoDB refused the request for a reason the other codes do not cover. */
  "swap.service-error": { action: string; resource: string; reason: string; requestId?: string };
}

export type SwapErrorCode = keyof SwapErrorPayloads;
