import { keyList } from "../items";
import type { Verdict } from "./gate";
import type { ReadMeter } from "./read-meter";

/** Counts sampled items and formats the verdict. */
export class SampleCount {
  /** Items sampled so far, looked up or not. */
  sampled = 0;
  #present = 0;
  #missing: string[] = [];
  #excluded = 0;

  constructor(
    private readonly wanted: number,
    private readonly ratio: number,
  ) {}

  /** @param missing the missing items' keys, formatted */
  add(present: number, missing: readonly string[], leftOut: number): void {
    this.#present += present;
    this.#missing.push(...missing);
    this.#excluded += leftOut;
  }

  /** Items that were sampled, looked up and still the same in the active table. */
  get counted(): number {
    return this.#present + this.#missing.length;
  }

  verdict(meter: ReadMeter, table: string, activeTable: string): Verdict {
    if (this.counted === 0) return this.#nothingCompared(meter, activeTable);
    const figures = [
      `${this.#present} of ${this.counted} sampled items present`,
      ` (ratio ${this.#formattedRatio()}, at least ${this.ratio} wanted), ${meter.used} read units`,
      this.counted < this.wanted ? ", all that the active table holds" : "",
      this.#excluded > 0 ? `, ${this.#excluded} more changed or deleted meanwhile` : "",
    ].join("");
    if (this.#present / this.counted >= this.ratio) return { ready: true, note: figures };
    return {
      ready: false,
      reason: `${figures}; missing in "${table}": ${keyList(this.#missing)}`,
      fix: `finish the backfill of "${table}", or lower readiness.coverage.ratio`,
    };
  }

  /** The refusal when the read units ran out before the sample was complete. */
  readUnitsExhausted(meter: ReadMeter): Verdict {
    return {
      ready: false,
      final: true,
      reason:
        `${this.sampled} of ${this.wanted} items were sampled and ${this.counted} looked up when ` +
        `${meter.used} of ${meter.limit} read units were used, the next would exceed them`,
      fix: "raise readiness.coverage.maxReadUnits, or lower readiness.coverage.samples",
    };
  }

  /**
   * Passes if the active table is empty; refuses if every sampled item changed or was deleted during the
   * check.
   */
  #nothingCompared(meter: ReadMeter, activeTable: string): Verdict {
    if (this.#excluded === 0)
      return {
        ready: true,
        note: `the active table "${activeTable}" is empty, nothing to compare, ${meter.used} read units`,
      };
    return {
      ready: false,
      reason: `all ${this.#excluded} sampled items of "${activeTable}" changed or were deleted meanwhile`,
      fix: "try again when fewer of its items change",
    };
  }

  /** Rounded down, so that 9,999.9 of 10,000 never shows as 1. */
  #formattedRatio(): number {
    return Math.floor((this.#present * 10_000) / this.counted) / 10_000;
  }
}
