/** A check has used the read units it may use. */
export class OutOfReadUnits extends Error {}

/**
 * Adds up the read units that DynamoDB reports and refuses requests that are certain to exceed the
 * bound. What a request costs shows afterwards only, so the last ones may go beyond it by the size
 * of the items they met.
 */
export class ReadMeter {
  #used = 0;

  constructor(readonly limit: number) {}

  /**
   * To be called before a request, or several sent at once.
   *
   * @param atLeast what they cost at the very least, in read units
   * @throws OutOfReadUnits
   */
  reserve(atLeast: number): void {
    if (this.#used + atLeast > this.limit) throw new OutOfReadUnits();
  }

  /** @param otherwise counted when the endpoint reports nothing, so that the bound still holds */
  add(units: number | undefined, otherwise: number): void {
    this.#used += units ?? otherwise;
  }

  /** Read units used, to one decimal. */
  get used(): number {
    return Math.round(this.#used * 10) / 10;
  }
}
