import { invalidInput } from "../../validation";
import type { Snapshot } from "../snapshot";

/**
 * The version that each continuation came from, keyed by the response's own object. Shared by all clients,
 * so that any of them can request the next page. Entries are garbage-collected with their keys.
 */
const origins = new WeakMap<object, Snapshot>();

/** Records the version of a `LastEvaluatedKey` or an entry of `UnprocessedKeys`. */
export function remember(continuation: object | undefined, origin: Snapshot | undefined): void {
  if (continuation !== undefined && origin !== undefined) origins.set(continuation, origin);
}

/** The version of a continuation; undefined for a copy and for one from another process. */
export function originOf(continuation: object | undefined, alias: string): Snapshot | undefined {
  const origin = continuation && origins.get(continuation);
  return origin?.alias === alias ? origin : undefined;
}

export function unknownOrigin(alias: string): Error {
  return invalidInput(
    "ExclusiveStartKey",
    "(a key)",
    `nothing shows which version of ${alias} this copy of a key belongs to, and pages of two versions must not mix`,
    "pass on the LastEvaluatedKey object itself, or send every page through pin(client, snapshot); a cursor that leaves the process carries the version for snapshotAt(alias, version)",
  );
}

export function otherOrigin(origin: Snapshot, pinned: Snapshot): Error {
  return invalidInput(
    "ExclusiveStartKey",
    `(a key of ${origin.table})`,
    `this client is pinned to ${pinned.table}, and pages of two versions must not mix`,
    `send this page through the client that sent the one before, or pin one to snapshotAt("${origin.alias}", ${origin.version}, "${origin.table}")`,
  );
}

export function unpinnedSegments(alias: string): Error {
  return invalidInput(
    "TotalSegments",
    "(more than 1)",
    `the segments of a parallel scan of ${alias} must be of one version, and each of them starts on its own`,
    "send every segment through pin(client, snapshot)",
  );
}
