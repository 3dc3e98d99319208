import type { Snapshot } from "../snapshot";

/** Chooses the version for the commands of one alias. */
export interface Route {
  readonly alias: string;
  /** Set if every command goes to this version. */
  readonly pinned?: Snapshot;
  /** Chooses a version for one command. */
  choose(): Promise<Choice>;
}

/** A version chosen for one command. */
export interface Choice {
  readonly snapshot: Snapshot;
  /**
   * Reads the version to retry with after the chosen one's table was not found. Absent if the version is
   * fixed, as for a pinned version or a continuation. Rejects if the control table can't be read.
   */
  renew?(): Promise<Snapshot>;
  /** Called after the command was retried. */
  retried?(command: string, to: Snapshot): void;
}

export function pinnedRoute(snapshot: Snapshot): Route {
  return {
    alias: snapshot.alias,
    pinned: snapshot,
    choose: () => Promise.resolve({ snapshot }),
  };
}
