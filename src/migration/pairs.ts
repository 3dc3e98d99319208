import { type Item, sameForm } from "../items";
import { Fingerprint } from "./fingerprint";

/** Pages of a table that wait in any case. */
const MIN_WAITING = 4;
/** Items given up, for each pair found, after which none waits any more. */
const MAX_GIVEN_UP = 4;
/** Items that are given up in any case before none waits any more. */
const MIN_GIVEN_UP = 20_000;

/** One of the two tables. */
class Side {
  readonly fingerprint = new Fingerprint();
  #young = new Map<string, Item>();
  #old = new Map<string, Item>();
  #pages = 0;

  /** @param generation pages after which older items that wait are given up */
  constructor(private readonly generation: number) {}

  has(id: string): boolean {
    return this.#young.has(id) || this.#old.has(id);
  }

  wait(id: string, item: Item): void {
    this.#young.set(id, item);
  }

  /** The item that waits, which then waits no more. */
  take(id: string): Item | undefined {
    const of = this.#young.has(id) ? this.#young : this.#old;
    const item = of.get(id);
    if (item !== undefined) of.delete(id);
    return item;
  }

  /** @returns how many items were given up */
  endPage(): number {
    this.#pages += 1;
    return this.#pages % this.generation === 0 ? this.giveUp() : 0;
  }

  /** Adds what has waited longest to the fingerprint. */
  giveUp(): number {
    const given = this.#old;
    for (const [id, item] of given) this.fingerprint.add(id, item);
    this.#old = this.#young;
    this.#young = new Map();
    return given.size;
  }
}

/**
 * Compares the items of two tables in whatever order they come. Both are read at about the same pace and, if the
 * keys are the same, in about the same order: so an item waits for the one with its key, and two that are
 * written alike need no digest. All others are added to the fingerprint of their table.
 */
export class Pairs {
  readonly #source: Side;
  readonly #target: Side;
  #pairs = 0;
  #givenUp = 0;

  /** @param concurrency segments of each table read at a time; twice as many pages of each wait, or 8 */
  constructor(concurrency: number) {
    const generation = Math.max(MIN_WAITING, concurrency);
    this.#source = new Side(generation);
    this.#target = new Side(generation);
  }

  /** @param id text that is equal for equal keys */
  addSource(id: string, item: Item): void {
    this.#add(this.#source, this.#target, id, item);
  }

  /** @param id text that is equal for equal keys */
  addTarget(id: string, item: Item): void {
    this.#add(this.#target, this.#source, id, item);
  }

  /** Call it after the items of a page. */
  endSourcePage(): void {
    this.#givenUp += this.#source.endPage();
  }

  /** Call it after the items of a page. */
  endTargetPage(): void {
    this.#givenUp += this.#target.endPage();
  }

  /** The fingerprints of all items that were added, which are equal if the items are. Call it last. */
  end(): { source: Fingerprint; target: Fingerprint } {
    for (const side of [this.#source, this.#target]) {
      side.giveUp();
      side.giveUp();
    }
    return { source: this.#source.fingerprint, target: this.#target.fingerprint };
  }

  #add(mine: Side, others: Side, id: string, item: Item): void {
    const other = others.take(id);
    if (other !== undefined) {
      this.#pairs += 1;
      if (sameForm(item, other)) {
        mine.fingerprint.count(id);
        others.fingerprint.count(id);
      } else {
        mine.fingerprint.add(id, item);
        others.fingerprint.add(id, other);
      }
      return;
    }
    const hopeless = this.#givenUp > MIN_GIVEN_UP + MAX_GIVEN_UP * this.#pairs;
    // Two items of one table may have one key: a transform may give it to both.
    if (hopeless || mine.has(id)) mine.fingerprint.add(id, item);
    else mine.wait(id, item);
  }
}
