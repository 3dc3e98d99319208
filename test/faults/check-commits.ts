import assert from "node:assert/strict";
import type { RawRow } from "../../src/pointer";
import { itemBytes } from "../support/item-bytes";
import { after, refusalOf, writes } from "./model";
import type { Commit, Played } from "./record";
import { type Entry, entriesOf, modelOf } from "./rows";

/** Each write that DynamoDB carried out was one that the contract accepts, and did what it says. */
export function checkCommits({ commits }: Played): void {
  for (const commit of commits) {
    if (commit.kind === "lost") assert.equal(commit.call.action.do, "lose");
    else checkMove(commit);
  }
}

function checkMove(commit: Commit): void {
  const { call, kind, before, after: row } = commit;
  const { action: deed } = call;
  assert(row !== undefined, `a ${deed.do} left no row`);
  assert(writes(deed), `a ${deed.do} wrote`);
  const model = modelOf(before);
  assert.equal(refusalOf(model, deed), undefined, "a write was carried out that is to be refused");
  assert.deepEqual(modelOf(row), after(model, deed), "a write left another pointer than it says");

  const goesBack = (modelOf(row).version ?? 0) < (model.version ?? 0);
  assert(!goesBack || deed.do === "rollback", `the pointer went back by a ${deed.do}`);
  if (kind === "move") checkOwnAttributes(commit);
  else {
    const kept = without(before, ["ver", "at", "barred", "retired", "rop", "pk"]);
    const now = without(row, ["ver", "at", "barred", "retired", "rop", "pk"]);
    assert.deepEqual(now, kept, `a ${deed.do} touched what is ours`);
  }
}

/** The operation in the row and at the end of its history, which holds all that it held. */
function checkOwnAttributes({ call, before, after: row }: Commit): void {
  assert(row !== undefined);
  const operation = row.op?.S;
  assert(operation !== undefined && call.operations.includes(operation), "a foreign operation id");
  const { version } = modelOf(row);
  const entries = entriesOf(row);
  const kind = call.action.do.startsWith("set ") ? "set" : call.action.do;
  assert.deepEqual(
    entries.at(-1),
    { version, at: Number(row.at?.N), kind, operation },
    "the newest history entry is not the move",
  );
  const recorded = [...entriesOf(before), ...unrecorded(before)];
  const kept = entries.slice(0, -1);
  assert.deepEqual(
    kept,
    recorded.slice(recorded.length - kept.length),
    "a move changed the history",
  );
  assert(kept.length >= Math.min(recorded.length, 9), "a move cut the history too short");
  assert(itemBytes(row) <= 4096, `a move left a row of ${itemBytes(row)} bytes`);
  assert.equal(Number(row.prev?.N), modelOf(before).version ?? version, "prev is not what it was");
}

/** The advance of a Go writer that the row shows, and its history does not. */
function unrecorded(row: RawRow | undefined): Entry[] {
  const newest = entriesOf(row).at(-1);
  const { version } = modelOf(row);
  const at = Number(row?.at?.N);
  if (version === undefined || (newest?.version === version && newest.at === at)) return [];
  return [{ version, at, kind: "foreign" }];
}

/** In the end the history shows the moves as they were made: every one of ours, or at least ten. */
export function checkHistory({ start: first, commits: all }: Played): void {
  // A lost row takes its history along.
  const lost = all.findLastIndex(({ kind }) => kind === "lost");
  const commits = all.slice(lost + 1);
  const start = lost === -1 ? first : undefined;
  if (commits.length === 0 && lost !== -1) return;
  const rows = commits.filter(({ kind }) => kind === "move" || kind === "foreign");
  const made = [
    ...entriesOf(start).map(told),
    ...(start?.op === undefined && start?.ver !== undefined ? [`foreign ${start.ver.N}`] : []),
    ...rows.map(
      ({ kind, after }) => `${kind === "move" ? after?.op?.S : "foreign"} ${after?.ver?.N}`,
    ),
  ];
  const history = entriesOf(commits.at(-1)?.after ?? start).map(told);
  const ours = (entries: string[]) => entries.filter((entry) => !entry.startsWith("foreign"));
  const left = ours(history).length;
  assert.deepEqual(ours(history), ours(made).slice(ours(made).length - left), "moves are missing");
  assert(left === ours(made).length || history.length >= 10, "too few moves are left");
  // In order: each is found after the one before it.
  let at = -1;
  for (const entry of history) {
    at = made.indexOf(entry, at + 1);
    assert(at >= 0, `the history shows "${entry}" where no such move was made`);
  }
}

const told = ({ operation, version }: Entry): string => `${operation ?? "foreign"} ${version}`;

function without(row: RawRow | undefined, names: readonly string[]): RawRow {
  return Object.fromEntries(Object.entries(row ?? {}).filter(([name]) => !names.includes(name)));
}
