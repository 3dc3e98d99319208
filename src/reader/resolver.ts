import type { ReaderStatus } from "./events";
import type { Snapshot } from "./snapshot";

/**
 * Follows one alias's pointer. Whatever it hands out is a {@link Snapshot}, which never changes:
 * hold on to one for as long as versions must not mix.
 */
export interface Resolver {
  readonly alias: string;
  readonly controlTable: string;

  /**
   * Where the alias's traffic goes. Warm, it reads nothing; cold, all callers share one read. A new
   * pointer shows at most `refreshMs` and one read after it was set, also where the process, or its
   * machine, stood still meanwhile. Use it for each command.
   *
   * @throws SwapError that of the failed read, as `findActive`, while there is no value yet;
   * `swap.stale` when reads fail and the value held is older than `maxStaleMs`, with that failure as
   * cause; `swap.reader-stopped` after `stop()`
   */
  resolve(): Promise<Snapshot>;

  /**
   * The value held, at once and without a read: undefined before the first good read, while reads fail
   * for longer than `maxStaleMs`, and after `stop()`. After a stand-still it may be older than
   * `refreshMs`, but not than `refreshMs` and `readTimeoutMs` together, or `maxStaleMs` if greater.
   */
  peek(): Snapshot | undefined;

  /**
   * The version and table for the whole of one request, or one pagination: {@link resolve} whose
   * answer is meant to be kept. Hand it to `pin` for a client that stays on it.
   */
  snapshot(): Promise<Snapshot>;

  /**
   * Reads now, whatever the age of the value held.
   *
   * @throws SwapError as `findActive`, whatever is held: the value held stays as it was;
   * `swap.reader-stopped` after `stop()`
   */
  refresh(): Promise<Snapshot>;

  /** Gauges and counters as of now. Reads nothing. */
  status(): ReaderStatus;

  /** Ends background refreshes and the reads waited for. Repeating it is harmless. */
  stop(): void;
  [Symbol.dispose](): void;
}
