/** Thrown when a check has used up its read units. */
export class OutOfReadUnits extends Error {}

/**
 * Adds up the read units that DynamoDB reports and refuses requests that are certain to exceed the limit. A
 * request's cost is known only afterwards, so the last requests may exceed the limit by the size of their
 * items.
 */
export class ReadMeter {
  #used = 0;

  constructor(readonly limit: number) {}

  /**
   * Call before one request, or before several concurrent ones.
   *
   * @param atLeast their minimum cost in read units
   * @throws OutOfReadUnits
   */
  reserve(atLeast: number): void {
    if (this.#used + atLeast > this.limit) throw new OutOfReadUnits();
  }

  /** @param otherwise counted if the endpoint reports no units, so that the limit still holds */
  add(units: number | undefined, otherwise: number): void {
    this.#used += units ?? otherwise;
  }

  /** Read units used, to one decimal. */
  get used(): number {
    return Math.round(this.#used * 10) / 10;
  }
}
