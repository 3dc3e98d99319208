import type { Connection } from "../aws/connection";
import { stableJson } from "./stable-json";

/** The identity of a guarded table. */
interface Guarded {
  alias: string;
  version: number;
  table: string;
  connection?: Connection;
}

/**
 * The tables that this run's program guards. The engine deletes a guard before its table or because another
 * guard replaced it, without saying which. It was replaced if the program declared a guard of the same
 * table in this run.
 */
class GuardedTables {
  private readonly keys = new Set<string>();
  private readonly succeeded = new Set<string>();

  add(guarded: Guarded): void {
    this.keys.add(guardId(guarded));
  }

  has(guarded: Guarded): boolean {
    return this.keys.has(guardId(guarded));
  }

  /** Records that an earlier run has declared a later version of the same alias. */
  addSucceeded(guarded: Guarded): void {
    this.succeeded.add(guardId(guarded));
  }

  /** Whether a later version may have been active, so that an alias without a row may have lost it. */
  isSucceeded(guarded: Guarded): boolean {
    return this.succeeded.has(guardId(guarded));
  }

  /** Forgets the tables of an earlier run. */
  clear(): void {
    this.keys.clear();
    this.succeeded.clear();
  }
}

/** One per provider process, which serves one run. */
export const guardedTables = new GuardedTables();

const guardId = ({ alias, version, table, connection }: Guarded): string =>
  stableJson([alias, version, table, connection ?? {}]);
