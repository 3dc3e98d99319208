import type { Connection } from "../aws/connection";
import { stableJson } from "./stable-json";

/** A guarded table, as far as it identifies one. */
interface Guarded {
  alias: string;
  version: number;
  table: string;
  connection?: Connection;
}

/**
 * The tables that the program of this run guards. The engine does not say why it deletes a guard:
 * before its table, or because another one has replaced it. A guard that the program has declared in
 * this run, for the same table, has replaced it.
 */
class GuardedTables {
  private readonly keys = new Set<string>();

  add(guarded: Guarded): void {
    this.keys.add(keyOf(guarded));
  }

  has(guarded: Guarded): boolean {
    return this.keys.has(keyOf(guarded));
  }

  /** Forgets the tables of an earlier run. */
  clear(): void {
    this.keys.clear();
  }
}

/** One a provider process, which serves one run. */
export const guardedTables = new GuardedTables();

const keyOf = ({ alias, version, table, connection }: Guarded): string =>
  stableJson([alias, version, table, connection ?? {}]);
