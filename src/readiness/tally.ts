import type { Verdict } from "./gate";
import { keyList } from "./keys";
import type { ReadMeter } from "./read-meter";

/** Counts what sampling found, and puts it into words. */
export class Tally {
  /** Items sampled so far, looked up or not. */
  drawn = 0;
  #present = 0;
  #missing: string[] = [];
  #leftOut = 0;

  constructor(
    private readonly wanted: number,
    private readonly ratio: number,
  ) {}

  /** @param missing the missing items' keys, as they are shown */
  add(present: number, missing: readonly string[], leftOut: number): void {
    this.#present += present;
    this.#missing.push(...missing);
    this.#leftOut += leftOut;
  }

  /** Items that count: sampled, looked up, and not gone from the active table meanwhile. */
  get counted(): number {
    return this.#present + this.#missing.length;
  }

  verdict(meter: ReadMeter, table: string, activeTable: string): Verdict {
    if (this.counted === 0) return this.#nothing(meter, activeTable);
    const figures = [
      `${this.#present} of ${this.counted} sampled items present`,
      ` (ratio ${this.#shownRatio()}, at least ${this.ratio} wanted), ${meter.used} read units`,
      this.counted < this.wanted ? ", all that the active table holds" : "",
      this.#leftOut > 0 ? `, ${this.#leftOut} more changed or deleted meanwhile` : "",
    ].join("");
    if (this.#present / this.counted >= this.ratio) return { ready: true, note: figures };
    return {
      ready: false,
      reason: `${figures}; missing in "${table}": ${keyList(this.#missing)}`,
      fix: `finish the backfill of "${table}", or lower readiness.coverage.ratio`,
    };
  }

  /** The refusal when the read units ran out before the sample was complete. */
  cutShort(meter: ReadMeter): Verdict {
    return {
      ready: false,
      final: true,
      reason:
        `${this.drawn} of ${this.wanted} items were sampled and ${this.counted} looked up when ` +
        `${meter.used} of ${meter.limit} read units were used, the next would exceed them`,
      fix: "raise readiness.coverage.maxReadUnits, or lower readiness.coverage.samples",
    };
  }

  /** Nothing to compare is a pass; a sample that vanished under the check proves nothing. */
  #nothing(meter: ReadMeter, activeTable: string): Verdict {
    if (this.#leftOut === 0)
      return {
        ready: true,
        note: `the active table "${activeTable}" is empty, nothing to compare, ${meter.used} read units`,
      };
    return {
      ready: false,
      reason: `all ${this.#leftOut} sampled items of "${activeTable}" changed or were deleted meanwhile`,
      fix: "try again when fewer of its items change",
    };
  }

  /** Rounded down, so that 9,999.9 of 10,000 never shows as 1. */
  #shownRatio(): number {
    return Math.floor((this.#present * 10_000) / this.counted) / 10_000;
  }
}
