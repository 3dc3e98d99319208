import assert from "node:assert/strict";
import { after, refusalOf, writes } from "./model";
import type { Commit, Played } from "./record";
import { type Entry, entriesOf, modelOf, ownOperations } from "./rows";

/** Each write that DynamoDB carried out was one that the contract accepts, and did what it says. */
export function checkCommits({ commits }: Played): void {
  for (const commit of commits) {
    if (commit.kind === "tidy") checkTidying(commit);
    else checkMove(commit);
  }
}

function checkMove(commit: Commit): void {
  const { call, kind, before, after: row } = commit;
  const { deed } = call;
  assert(writes(deed), `a ${deed.do} wrote`);
  const model = modelOf(before);
  assert.equal(refusalOf(model, deed), undefined, "a write was carried out that is to be refused");
  assert.deepEqual(modelOf(row), after(model, deed), "a write left another pointer than it says");

  const goesBack = (modelOf(row).version ?? 0) < (model.version ?? 0);
  assert(!goesBack || deed.do === "rollback", `the pointer went back by a ${deed.do}`);
  if (kind === "move") checkOwnAttributes(commit);
  else {
    const { ver: _ver, at: _at, barred: _barred, pk: _pk, ...kept } = before ?? {};
    const { ver, at, barred, pk, ...now } = row;
    assert.deepEqual(now, kept, `a ${deed.do} touched what is ours`);
  }
}

/** The operation in the row and at the end of its history, which holds all that it held. */
function checkOwnAttributes({ call, before, after: row }: Commit): void {
  const operation = row.op?.S;
  assert(operation !== undefined && call.operations.includes(operation), "a foreign operation id");
  const { version } = modelOf(row);
  const entries = entriesOf(row);
  const kind = call.deed.do === "set with expect" ? "set" : call.deed.do;
  assert.deepEqual(
    entries.at(-1),
    { version, at: Number(row.at?.N), kind, operation },
    "the newest history entry is not the move",
  );
  assert.deepEqual(entries.slice(0, -1), entriesOf(before), "a move changed the history before it");
  assert.equal(Number(row.prev?.N), modelOf(before).version ?? version, "prev is not what it was");
}

/** It touches `hist` alone, keeps the newest of ours in order, and adds only what a Go writer did. */
function checkTidying({ before, after: row }: Commit): void {
  const { hist: _before, ...rest } = before ?? {};
  const { hist: _after, ...now } = row;
  assert.deepEqual(now, rest, "tidying touched more than the history");
  const had = ownOperations(before);
  const has = ownOperations(row);
  assert.deepEqual(has, had.slice(had.length - has.length), "tidying lost a move");
  assert(has.length === had.length || entriesOf(row).length === 50, "tidying cut too much");
}

/** In the end the history tells the moves as they were made: every one of ours, or the last 50. */
export function checkHistory({ start, commits }: Played): void {
  const rows = commits.filter(({ kind }) => kind === "move" || kind === "foreign");
  const made = [
    ...entriesOf(start).map(told),
    ...(start?.op === undefined && start?.ver !== undefined ? [`foreign ${start.ver.N}`] : []),
    ...rows.map(
      ({ kind, after: { op, ver } }) => `${kind === "move" ? op?.S : "foreign"} ${ver?.N}`,
    ),
  ];
  const history = entriesOf(commits.at(-1)?.after ?? start).map(told);
  const ours = (entries: string[]) => entries.filter((entry) => !entry.startsWith("foreign"));
  const left = ours(history).length;
  assert.deepEqual(ours(history), ours(made).slice(ours(made).length - left), "moves are missing");
  assert(left === ours(made).length || left > 25, "too few moves are left");
  // In order: each is found after the one before it.
  let at = -1;
  for (const entry of history) {
    at = made.indexOf(entry, at + 1);
    assert(at >= 0, `the history tells "${entry}" where no such move was made`);
  }
}

const told = ({ operation, version }: Entry): string => `${operation ?? "foreign"} ${version}`;
