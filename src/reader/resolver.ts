import { assertVersion } from "../pointer";
import type { SwappableClient } from "./client/swap-client";
import { type Environment, elapsed, type Instant, machine } from "./environment";
import type { ReaderEvent, ReaderStatus } from "./events";
import { invalid } from "./invalid";
import { Ledger } from "./ledger";
import { type ResolverOptions, type Settings, settingsOf } from "./options";
import { judge, type Reading } from "./order";
import { Snapshot } from "./snapshot";
import type { Outcome, Source, Watcher } from "./source";
import { sourceOf } from "./sources";

interface Held {
  snapshot: Snapshot;
  reading: Reading;
  /** When the last read that confirmed it started. */
  startedAt: Instant;
}

/** Follows one alias. Made by `createResolver`; see docs/reader.md for its promises. */
export class Resolver implements Disposable {
  readonly alias: string;
  readonly controlTable: string;
  readonly #settings: Settings;
  readonly #environment: Environment;
  readonly #source: Source;
  readonly #watcher: Watcher;
  readonly #ledger: Ledger;
  readonly #wall: () => number;

  // The warm path of resolve() and peek() touches these three alone.
  #settled: Promise<Snapshot> | undefined;
  #serveUntil = Number.NEGATIVE_INFINITY;
  #current: Snapshot | undefined;

  #held: Held | undefined;
  #error: unknown;
  #forced: Promise<Outcome> | undefined;
  #expiry = () => {};
  #state: "new" | "watching" | "stopped" = "new";

  /** @internal */
  constructor(options: ResolverOptions, environment: Environment) {
    const settings = settingsOf(options);
    this.alias = settings.alias;
    this.controlTable = settings.controlTable;
    this.#settings = settings;
    this.#environment = environment;
    this.#wall = environment.wall;
    this.#ledger = new Ledger(settings);
    this.#source = sourceOf(settings, environment);
    this.#watcher = {
      alias: settings.alias,
      readTimeoutMs: settings.readTimeoutMs,
      startedAt: Number.NEGATIVE_INFINITY,
      intervalMs: this.#nextInterval(),
      deliver: (outcome) => this.#take(outcome),
    };
  }

  /**
   * The active version and its table. Warm, it answers from memory; cold, all callers wait for one
   * consistent read. While reads fail, the value held is answered until `maxStaleMs` after the last
   * good read started; from then on each call waits for a read and fails with its error.
   *
   * @throws SwapError as `findActive`; `swap.version-regressed` or `swap.no-active-version` when
   * the row went backwards without saying rollback, or is gone; `swap.input-invalid` after `stop()`
   */
  resolve(): Promise<Snapshot> {
    if (this.#wall() <= this.#serveUntil) return this.#settled as Promise<Snapshot>;
    return this.#wait();
  }

  /**
   * The last value known, without waiting and without a look at the clock; undefined before the
   * first good read, after `stop()`, and once reads have failed for `maxStaleMs`. In a process that
   * may be frozen (AWS Lambda) use `resolve()`, which notices.
   */
  peek(): Snapshot | undefined {
    return this.#current;
  }

  /**
   * One version for one request or one pagination: the active one, or the version named, for a
   * pagination whose cursor came from outside the process with its version.
   *
   * @throws SwapError as `resolve`; `swap.version-out-of-range` for a version that is none
   */
  async snapshot(version?: number): Promise<Snapshot> {
    if (version === undefined) return this.resolve();
    assertVersion(version);
    return Snapshot.named(this.alias, version);
  }

  /** A view of `client` held on the version active now: `(await snapshot()).pin(client)`. */
  async pin<C extends SwappableClient>(client: C): Promise<C> {
    return (await this.resolve()).pin(client);
  }

  /**
   * Reads the row now, in a read that starts after this call.
   *
   * @throws SwapError as `resolve`, for a failed read even where a value is held
   */
  async refresh(): Promise<Snapshot> {
    this.#watch();
    await this.#source.start(this.alias);
    return this.#answer(this.#error === undefined);
  }

  /**
   * A newer version than `failed`, whose table was found missing, after at most one read however
   * many callers ask; undefined when there is none. For the middleware.
   *
   * @internal
   */
  async after(failed: Snapshot, command: string): Promise<Snapshot | undefined> {
    const other = () => {
      if (this.#current === undefined || this.#current.version === failed.version) return undefined;
      this.#note({
        kind: "retried",
        alias: this.alias,
        command,
        from: failed.version,
        to: this.#current.version,
      });
      return this.#current;
    };
    if (this.#state === "stopped") return undefined;
    this.#watch();
    if (this.#current?.version === failed.version) {
      this.#forced ??= this.#source.start(this.alias).finally(() => {
        this.#forced = undefined;
      });
      await this.#forced;
    }
    return other();
  }

  /** Gauges and counters of this moment. */
  status(): ReaderStatus {
    const held = this.#held;
    const { alias, controlTable } = this;
    return this.#ledger.status({
      alias,
      controlTable,
      ...(held && {
        snapshot: held.snapshot,
        lastRefreshAt: held.startedAt.wall,
        stalenessMs: elapsed(this.#environment, held.startedAt),
      }),
      now: this.#wall(),
    });
  }

  /** Ends the refreshes. What was handed out stays valid; `resolve()` fails from now on. */
  stop(): void {
    if (this.#state === "watching") this.#source.unwatch(this.#watcher);
    this.#state = "stopped";
    this.#expiry();
    this.#serveUntil = Number.NEGATIVE_INFINITY;
    this.#current = undefined;
  }

  [Symbol.dispose](): void {
    this.stop();
  }
}
