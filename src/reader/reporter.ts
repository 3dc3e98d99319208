import type { SwapError } from "../errors";
import { defined } from "../validation";
import type { ReaderCounters, ReaderEvent, Refusal } from "./events";
import type { Settings } from "./options";
import type { Snapshot } from "./snapshot";

/** Counts a resolver's events and calls its callbacks, whose errors don't affect it. */
export interface Reporter {
  /** A copy of the counters. */
  readonly counters: ReaderCounters;
  refreshed(version: number, tookMs: number): void;
  refreshFailed(error: SwapError, stalenessMs: number | undefined): void;
  answerRefused(why: Refusal, held: number, answered: number | undefined): void;
  changed(previous: Snapshot, current: Snapshot): void;
  /** A command was sent again to another version. */
  retried(command: string, from: number, to: number): void;
  /** A write waited for the fence of a switch. */
  held(heldMs: number): void;
}

export function createReporter({ alias, onChange, onEvent }: Settings): Reporter {
  const counters: ReaderCounters = {
    refreshes: 0,
    refreshErrors: 0,
    changes: 0,
    refusedAnswers: 0,
    retries: 0,
    heldWrites: 0,
  };
  function emit(event: ReaderEvent): void {
    // `onEvent` itself failed, so there is nowhere to report it.
    guarded(
      () => onEvent?.(event),
      () => {},
    );
  }
  return {
    get counters() {
      return { ...counters };
    },
    refreshed(version, tookMs) {
      counters.refreshes++;
      emit({ kind: "refreshed", alias, version, tookMs });
    },
    refreshFailed(error, stalenessMs) {
      counters.refreshErrors++;
      emit({ kind: "refresh-failed", alias, error, ...defined({ stalenessMs }) });
    },
    answerRefused(why, held, answered) {
      counters.refusedAnswers++;
      emit({ kind: "answer-refused", alias, why, held, ...defined({ answered }) });
    },
    changed(previous, current) {
      counters.changes++;
      emit({ kind: "changed", alias, from: previous.version, to: current.version });
      if (onChange === undefined) return;
      guarded(
        () => onChange({ alias, previous, current }),
        (error) => emit({ kind: "callback-failed", alias, error }),
      );
    },
    held(heldMs) {
      counters.heldWrites++;
      emit({ kind: "write-held", alias, heldMs });
    },
    retried(command, from, to) {
      counters.retries++;
      emit({ kind: "retried", alias, command, from, to });
    },
  };
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
