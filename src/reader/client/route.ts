import type { Snapshot } from "../snapshot";

/** Where the commands for one alias go. */
export interface Route {
  readonly alias: string;
  /** Set when every command goes to this one version. */
  readonly pinned?: Snapshot;
  /** Chooses a version for one command. */
  choose(): Promise<Choice>;
}

/** A version chosen for one command. */
export interface Choice {
  readonly snapshot: Snapshot;
  /**
   * The version to try when the chosen one's table was not found; absent when there may be no other.
   * Rejects when the control table can't be read.
   */
  renew?(): Promise<Snapshot>;
  /** Told when the command was sent again. */
  retried?(command: string, to: Snapshot): void;
}

export function pinnedRoute(snapshot: Snapshot): Route {
  return {
    alias: snapshot.alias,
    pinned: snapshot,
    choose: () => Promise.resolve({ snapshot }),
  };
}
