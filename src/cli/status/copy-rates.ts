import { copyFigures, type StartedFacts } from "../../migration";
import type { AliasStatus } from "./read-status";

interface Look {
  run: string;
  now: number;
  read: number;
}

/** The rates of copies, from what the last looks saw. */
export class CopyRates {
  readonly #looks = new Map<number, Look[]>();

  /** @param most looks that a rate is taken from: 2 or more */
  constructor(private readonly most: number) {}

  /**
   * Adds a look.
   *
   * @returns items a second by version written; undefined while they are not known
   */
  update({ now, migrations }: AliasStatus): Map<number, number | undefined> {
    const rates = new Map<number, number | undefined>();
    for (const { facts } of migrations) {
      if (facts.started === undefined) continue;
      const { read } = copyFigures(facts as StartedFacts);
      const { run } = facts.started;
      const before = this.#looks.get(facts.to) ?? [];
      const last = before.at(-1);
      // A run that was started over begins to count again.
      const kept = last && last.run === run && last.read <= read ? before : [];
      // A pause is not part of the rate.
      const looks = facts.control.paused ? [] : [...kept, { run, now, read }].slice(-this.most);
      this.#looks.set(facts.to, looks);
      const [first] = looks;
      const seconds = first ? (now - first.now) / 1_000 : 0;
      rates.set(facts.to, first && seconds > 0 ? (read - first.read) / seconds : undefined);
    }
    return rates;
  }
}
