import type { PointerRow, PointerUpdate, RawRow } from "../../src/pointer";
import type { FaultName } from "./fault";

/** What an actor did, with the versions that its script came to. */
export type Action =
  | { do: "set" | "set lifting" | "seed" | "foreign set"; version: number }
  | { do: "set with expect"; version: number; expect: number }
  | { do: "rollback"; from: number; to: number }
  | { do: "lift" | "reopen"; version: number }
  /** The permission to delete a version's table. */
  | { do: "delete"; version: number; now: number }
  /** The row is deleted by hand. */
  | { do: "lose" }
  | { do: "get" }
  | { do: "resolve" }
  | { do: "refresh" }
  | { do: "guard"; version: number; now: number };

/** How a call ended, as its caller got an answer. */
export type Outcome =
  | { is: "applied"; moved: PointerUpdate }
  /** A refusal: nothing was written. `active` is the version that it tells. */
  | { is: "conflict"; code: string; active?: number }
  | { is: "unknown" }
  /** Any other error. */
  | { is: "failed"; code: string }
  /** A write without a report: the Go writer's set, the lift of a bar, a permission, a lost row. */
  | { is: "done" }
  | { is: "read"; row?: PointerRow }
  | { is: "shown"; version: number; implicit: boolean }
  | { is: "held" }
  | { is: "free" };

/** A request that came to the proxy. */
export interface Sent {
  operation: string;
  fault: FaultName;
}

/** One operation of one actor. */
export interface Call {
  actor: string;
  action: Action;
  /** The turn in which it began, and the one in which its caller got an answer. */
  began: number;
  ended: number;
  outcome: Outcome;
  sent: Sent[];
  /** Operation ids that it drew. */
  operations: string[];
}

/** A write that DynamoDB carried out: the truth, in the order in which it happened. */
export interface Commit {
  turn: number;
  call: Call;
  /** `move` is one of ours. */
  kind: "move" | "foreign" | "lift" | "permit" | "reopen" | "lost";
  before: RawRow | undefined;
  /** Absent for a lost row alone. */
  after: RawRow | undefined;
  /** Delivered after its client had given it up. */
  late: boolean;
}

/** A history as it was played. */
export interface Played {
  alias: string;
  start: RawRow | undefined;
  calls: Call[];
  commits: Commit[];
}

/** A fault's cost to the client: it can't know whether the request arrived. */
export function leavesDoubt({ fault }: Sent): boolean {
  return !["pass", "throttle", "deny", "fail condition"].includes(fault);
}

/** The row at the end of a turn. */
export function rowAt({ start, commits }: Played, turn: number): RawRow | undefined {
  const last = commits.findLast((commit) => commit.turn <= turn);
  return last === undefined ? start : last.after;
}

/** Each row that there was while a call was under way, oldest first. */
export function rowsDuring(played: Played, { began, ended }: Call): (RawRow | undefined)[] {
  const changes = played.commits.filter(({ turn }) => turn > began && turn <= ended);
  return [rowAt(played, began), ...changes.map(({ after }) => after)];
}

/** Whether somebody deleted the row between a commit and the answer to its caller. */
export function lostBeforeTold({ commits }: Played, { turn, call }: Commit): boolean {
  return commits.some(
    (each) => each.kind === "lost" && each.turn >= turn && each.turn <= call.ended,
  );
}
