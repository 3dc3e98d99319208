import type { Exception } from "./check-outcomes";
import type { Played } from "./record";

/** What the histories of a run consisted of. */
export class Counts {
  #histories = 0;
  readonly #by = {
    operations: new Map<string, number>(),
    faults: new Map<string, number>(),
    outcomes: new Map<string, number>(),
    exceptions: new Map<string, number>(),
  };

  add({ calls, commits }: Played, exceptions: Exception[]): void {
    this.#histories += 1;
    for (const { action: deed, outcome, sent } of calls) {
      count(this.#by.operations, deed.do);
      count(this.#by.outcomes, "code" in outcome ? `${outcome.is} ${outcome.code}` : outcome.is);
      for (const { fault } of sent) count(this.#by.faults, fault);
    }
    for (const { kind } of commits) count(this.#by.outcomes, `(written: ${kind})`);
    for (const exception of exceptions) count(this.#by.exceptions, exception);
  }

  /** A line for each kind of thing counted. */
  told(name: string): string {
    return [
      `${name}: ${this.#histories} histories`,
      ...Object.entries(this.#by).map(([kind, counts]) => {
        const total = [...counts.values()].reduce((sum, each) => sum + each, 0);
        const each = [...counts].sort((a, b) => b[1] - a[1]).map(([what, n]) => `${what} ${n}`);
        return `  ${total} ${kind}${each.length > 0 ? `: ${each.join(", ")}` : ""}`;
      }),
    ].join("\n");
  }
}

function count(counts: Map<string, number>, what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}
