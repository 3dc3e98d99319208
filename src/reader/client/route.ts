import type { PointerRow } from "../../pointer";
import type { Environment, Instant } from "../environment";
import type { PointerSource } from "../pointer-source";
import type { Snapshot } from "../snapshot";
import type { ConfirmedPointer, FencedWrites } from "./fenced-writes";

/** A strongly consistent reading, whether it was followed or not. */
export interface ConfirmedReading {
  readonly row: PointerRow | undefined;
  readonly startedAt: Instant;
}

/** What a resolver tells the client that confirms the pointer for each write. */
export interface WriteConfirmation {
  readonly source: PointerSource;
  readonly environment: Environment;
  /**
   * The strongly consistent reading that started last, and the snapshot that is followed.
   *
   * @throws SwapError `swap.reader-stopped`
   */
  state(): { confirmed: ConfirmedReading | undefined; snapshot: Snapshot | undefined };
  /** Called after a write waited for a fence. */
  held(heldMs: number): void;
}

/** How a write is sent. */
export interface FencedSend<R> {
  send(choices: ReadonlyMap<string, Choice>): Promise<R>;
  /** The error to throw for a table that was not found. */
  gone(error: unknown, choices: ReadonlyMap<string, Choice>): unknown;
}

/** The pointer for a write, with the snapshot that the resolver follows. */
export interface ConfirmedSnapshot extends ConfirmedPointer {
  readonly snapshot: Snapshot;
}

/** Chooses the version for the commands of one alias. */
export interface Route {
  readonly alias: string;
  /** Confirms the pointer for writes; absent for a pinned version. */
  readonly writes?: WriteConfirmation;
  /** Where writes wait for fences; absent where they are sent as reads are. */
  readonly gate?: FencedWrites<ConfirmedSnapshot>;
  /** Sends a write of these routes through their gates; present with a gate. */
  sendFenced?<R>(routes: readonly Route[], sending: FencedSend<R>): Promise<R>;
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
