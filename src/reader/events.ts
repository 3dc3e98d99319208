import type { SwapError } from "../errors";

/** Why a response of the control table was not followed. */
export type Refusal =
  /** It is older than the cached one: overlapping reads arrived out of order. */
  | "older"
  /** It names a smaller version without recording a rollback. */
  | "backwards"
  /** The row is gone although it was there before. */
  | "vanished";

/** Something that happened in a resolver. Durations are milliseconds. */
export type ReaderEvent =
  /** A read confirmed or updated the cached pointer. */
  | { kind: "refreshed"; alias: string; version: number; tookMs: number }
  /** A read failed; the cached pointer, if any, is `stalenessMs` old. */
  | { kind: "refresh-failed"; alias: string; error: SwapError; stalenessMs?: number }
  /** The resolver followed a change of the active version. */
  | { kind: "changed"; alias: string; from: number; to: number }
  /** A response was not followed. `answered` is its version, absent if there was no row. */
  | { kind: "answer-refused"; alias: string; why: Refusal; held: number; answered?: number }
  /** A command met a dropped table and was retried on another version's. */
  | { kind: "retried"; alias: string; command: string; from: number; to: number }
  /** A write of `followFenced` waited for the fence of a switch, for `heldMs`. */
  | { kind: "write-held"; alias: string; heldMs: number }
  /** `onChange` threw; nothing else was affected. */
  | { kind: "callback-failed"; alias: string; error: unknown };

/** Totals since the resolver was created. */
export interface ReaderCounters {
  /** Reads that confirmed or updated the cached pointer. */
  refreshes: number;
  /** Reads that failed. */
  refreshErrors: number;
  /** Changes of the active version. */
  changes: number;
  /** Responses that were not followed. */
  refusedAnswers: number;
  /** Commands retried after they met a dropped table. */
  retries: number;
  /** Writes that waited for the fence of a switch. */
  heldWrites: number;
}

/** The state of a resolver at one moment. */
export interface ReaderStatus {
  alias: string;
  controlTable: string;
  /** Absent before the first good read. */
  activeVersion?: number;
  /** The active version's table; absent before the first good read. */
  activeTable?: string;
  /**
   * Milliseconds since the pointer was advanced, by the writer's clock and this one's; absent when
   * the row has no time, for a seed and for the implicit version 1.
   */
  pointerAgeMs?: number;
  /** Unix milliseconds at which the last good read started. */
  lastRefreshAt?: number;
  /** Milliseconds since then: how old the value can be at most. */
  stalenessMs?: number;
  /** Why the last read failed; absent when it was good. */
  lastError?: SwapError;
  counters: Readonly<ReaderCounters>;
}
