import type { RawRow } from "../../../src/pointer";

/** A control row as our writers, or the Go ones, would leave it after some moves. */
export class Row {
  #raw: RawRow = {};
  #history: NonNullable<RawRow["hist"]>["L"] & object = [];
  #barred = new Set<number>();
  #moves = 0;

  set(version: number): this {
    return this.#own(version, "set");
  }

  rollback(version: number): this {
    this.#barred.add(Number(this.#raw.ver?.N));
    return this.#own(version, "rollback");
  }

  liftBar(version: number): this {
    this.#barred.delete(version);
    return this.#store();
  }

  /** As the Go implementation: `ver` and `at` alone. */
  foreign(version: number): this {
    this.#move(version);
    return this.#store();
  }

  /** The table of version 1 gets another name. */
  named(table: string): this {
    this.#raw = { ...this.#raw, names: { M: { 1: { S: table } } } };
    return this;
  }

  get raw(): RawRow {
    return structuredClone(this.#raw);
  }

  #own(version: number, kind: string): this {
    this.#move(version);
    const operation = `op-${this.#moves}`;
    this.#raw.op = { S: operation };
    this.#history = [
      ...this.#history,
      {
        M: {
          ver: { N: String(version) },
          at: { N: String(1_000 + this.#moves) },
          op: { S: operation },
          kind: { S: kind },
        },
      },
    ];
    return this.#store();
  }

  #move(version: number): void {
    this.#moves++;
    this.#raw = {
      ...this.#raw,
      ver: { N: String(version) },
      at: { N: String(1_000 + this.#moves) },
    };
  }

  #store(): this {
    this.#raw = {
      ...this.#raw,
      ...(this.#history.length > 0 && { hist: { L: this.#history } }),
    };
    delete this.#raw.barred;
    if (this.#barred.size > 0) this.#raw.barred = { NS: [...this.#barred].map(String) };
    return this;
  }
}
