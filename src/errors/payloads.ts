/**
 * The payload of each error code. Versions are active-version numbers; times are unix milliseconds as
 * written in the control table.
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
    /** The writer of the live version; absent when another program wrote it. */
    by?: string;
  };
  /** The requested version was rolled back and is refused until its bar is lifted explicitly. */
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
  /** Another switch of the alias is under way: its fence stands on version `from`. */
  "swap.switch-in-progress": { alias: string; from: number; to: number; operation: string };
  /** The fence of the move was removed before it: a client held writes for longer than the fence's budget. */
  "swap.fence-removed": { alias: string; requested: number; operation: string };
  /**
   * The answer to a write came later than the write bound, and the pointer has moved since: the write may be in
   * the version left alone.
   */
  "swap.write-in-doubt": { alias: string; version: number };
  /** The write may or may not have been applied, and the reads that would settle it failed too. */
  "swap.outcome-unknown": { alias: string; requested: number; operation: string };
  /** A control row that breaks the contract. `found` shows the offending attribute as stored. */
  "swap.malformed-row": { alias: string; controlTable: string; attribute: string; found: string };
  /** A number outside the range of versions: `value` as given, or as stored when `source` is "row". */
  "swap.version-out-of-range": {
    value: string;
    rule: string;
    source: "input" | "row";
    alias?: string;
  };
  /** A name that is not a valid alias, or whose table name with the requested version is not valid. */
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
  /** The version did not pass its readiness gates. `gate` names the one that refused. */
  "swap.not-ready": {
    alias: string;
    version: number;
    table: string;
    gate: string;
    reason: string;
    fix: string;
  };
  /** The version's table may not be deleted yet. */
  "swap.version-in-use": {
    alias: string;
    version: number;
    table: string;
    reason: string;
    /** Unix milliseconds from which it may be deleted; absent while the version is active. */
    until?: number;
    /** The fix, unless it is to wait or to activate another version. */
    fix?: string;
  };
  /** AWS refused the caller, or no credentials were found. */
  "swap.access-denied": { action: string; resource: string; reason: string; fix: string };
  /** No answer from the endpoint: DNS, connection, time-out, throttling or a server fault. */
  "swap.unreachable": { endpoint: string; action: string; reason: string };
  /** A resolver was used after its `stop()`. */
  "swap.reader-stopped": { alias: string; controlTable: string };
  /**
   * A resolver's cached pointer is older than its `maxStaleMs`. `reason` and `fix` come from the last
   * failed read, which is the `cause`.
   */
  "swap.stale": {
    alias: string;
    controlTable: string;
    /** The version served until then. */
    version: number;
    /** Milliseconds since the last good read started. */
    stalenessMs: number;
    maxStaleMs: number;
    reason: string;
    fix: string;
  };
  /** A request or pagination is fixed to a version whose table does not exist. */
  "swap.version-gone": { alias: string; version: number; table: string; action: string };
  /** Any other argument, flag, environment variable or input that breaks its rule. */
  "swap.input-invalid": { name: string; value: string; rule: string; fix: string };
  /** DynamoDB refused the request for a reason the other codes do not cover. */
  "swap.service-error": { action: string; resource: string; reason: string; requestId?: string };
}

export type SwapErrorCode = keyof SwapErrorPayloads;
