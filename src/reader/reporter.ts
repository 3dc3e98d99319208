import type { SwapError } from "../errors";
import { defined } from "../validation";
import type { ReaderCounters, ReaderEvent, Refusal } from "./events";
import type { Settings } from "./options";
import type { Snapshot } from "./snapshot";

/** Counts a resolver's events and calls its callbacks, whose errors don't affect it. */
export class Reporter {
  readonly #settings: Settings;
  readonly #counters: ReaderCounters = {
    refreshes: 0,
    refreshErrors: 0,
    changes: 0,
    refusedAnswers: 0,
    retries: 0,
  };

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  get counters(): ReaderCounters {
    return { ...this.#counters };
  }

  refreshed(version: number, tookMs: number): void {
    this.#counters.refreshes++;
    this.#emit({ kind: "refreshed", alias: this.#settings.alias, version, tookMs });
  }

  refreshFailed(error: SwapError, stalenessMs: number | undefined): void {
    this.#counters.refreshErrors++;
    const { alias } = this.#settings;
    this.#emit({
      kind: "refresh-failed",
      alias,
      error,
      ...defined({ stalenessMs }),
    });
  }

  answerRefused(why: Refusal, held: number, answered: number | undefined): void {
    this.#counters.refusedAnswers++;
    const { alias } = this.#settings;
    this.#emit({
      kind: "answer-refused",
      alias,
      why,
      held,
      ...defined({ answered }),
    });
  }

  changed(previous: Snapshot, current: Snapshot): void {
    const { alias, onChange } = this.#settings;
    this.#counters.changes++;
    this.#emit({ kind: "changed", alias, from: previous.version, to: current.version });
    if (onChange === undefined) return;
    guarded(
      () => onChange({ alias, previous, current }),
      (error) => this.#emit({ kind: "callback-failed", alias, error }),
    );
  }

  retried(command: string, from: number, to: number): void {
    this.#counters.retries++;
    this.#emit({ kind: "retried", alias: this.#settings.alias, command, from, to });
  }

  #emit(event: ReaderEvent): void {
    // `onEvent` itself failed, so there is nowhere to report it.
    guarded(
      () => this.#settings.onEvent?.(event),
      () => {},
    );
  }
}

/** Runs a caller's callback, which may throw or, if it is async, reject. */
function guarded(run: () => unknown, failed: (error: unknown) => void): void {
  try {
    const returned = run();
    if (returned instanceof Promise) returned.catch(failed);
  } catch (error) {
    failed(error);
  }
}
