import type { ReaderStatus } from "./events";
import type { Snapshot } from "./snapshot";

/**
 * Follows one alias's pointer. Returns immutable {@link Snapshot}s: keep using one while versions must not
 * mix.
 */
export interface Resolver {
  readonly alias: string;
  readonly controlTable: string;

  /**
   * The alias's active version and table. Call it for each command. Served from the cache; without a cached
   * value, all callers share one read. A pointer change is visible after at most `refreshMs` plus one read,
   * even if the process or its machine was suspended meanwhile.
   *
   * @throws SwapError that of the failed read, as `findActive`, while there is no value yet; `swap.stale`
   * when reads fail and the value held has reached the age of `maxStaleMs`, with that failure as cause. From the second
   * failure in a row on it may be the last one, without a new read, for at most `refreshMs`;
   * `swap.reader-stopped` after `stop()`
   */
  resolve(): Promise<Snapshot>;

  /**
   * The cached value, synchronously and without a read. Undefined before the first successful read, when
   * reads have failed for longer than `maxStaleMs`, and after `stop()`. After a suspension it may be older
   * than `refreshMs`, but not older than the greater of `refreshMs` + `readTimeoutMs` and `maxStaleMs`.
   */
  peek(): Snapshot | undefined;

  /**
   * The version and table for one whole request or pagination: the same as {@link resolve}, but meant to be
   * kept. Pass it to `pin` for a client that stays on that version.
   */
  snapshot(): Promise<Snapshot>;

  /**
   * Reads now, regardless of the cached value's age.
   *
   * @throws SwapError as `findActive`, even with a cached value, which is kept; `swap.reader-stopped` after
   * `stop()`
   */
  refresh(): Promise<Snapshot>;

  /** Gauges and counters as of now. Makes no request. */
  status(): ReaderStatus;

  /** Ends background refreshes and pending reads. Idempotent. */
  stop(): void;
  [Symbol.dispose](): void;
}
