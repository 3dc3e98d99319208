import assert from "node:assert/strict";
import type { RawRow } from "../../src/pointer";
import { GRACE_TURNS, TURN_MS } from "./actions";
import type { Exception } from "./check-outcomes";
import { START } from "./play";
import { type Call, type Commit, type Played, rowsDuring } from "./record";
import { entriesOf, modelOf } from "./rows";

/**
 * Each read shows the row as it was at some moment of the read, and each permission to delete was
 * given on a row that allowed it. Returns the named exceptions that it took: `row lost`, a guard that let
 * go what was live before somebody deleted the row.
 */
export function checkReads(played: Played): Exception[] {
  const exceptions = played.commits.flatMap((commit) => checkPermission(played, commit));
  for (const call of played.calls) {
    const { outcome, action: deed } = call;
    const rows = rowsDuring(played, call);
    if (outcome.is === "read")
      assert(
        rows.some((row) => sameRow(played, row, outcome.row)),
        `read what was at no time of the read: ${JSON.stringify(outcome.row)}`,
      );
    if (outcome.is === "shown" && deed.do === "resolve")
      assert(
        rows.some(
          (row) =>
            outcome.version === (modelOf(row).version ?? 1) &&
            outcome.implicit === (row === undefined),
        ),
        `resolved to version ${outcome.version}, which was active at no time of the read`,
      );
    if (deed.do === "guard") exceptions.push(...checkGuard(played, call, rows));
  }
  return exceptions;
}

type Read = Extract<Call["outcome"], { is: "read" }>["row"];

function sameRow(played: Played, row: RawRow | undefined, read: Read): boolean {
  if (row === undefined || read === undefined) return row === undefined && read === undefined;
  const { version, barred, retired } = modelOf(row);
  const foreign = lastMover(played, row) === "foreign";
  return (
    version === read.version &&
    JSON.stringify(barred) === JSON.stringify(read.barred) &&
    JSON.stringify(retired) === JSON.stringify(read.retired) &&
    Number(row.at?.N) === read.activatedAt &&
    foreign === read.foreign &&
    (foreign ? undefined : row.op?.S) === read.operation
  );
}

/** The moves up to the one that the row shows, by what was written and not by what the row shows. */
function movesUpTo(
  { commits }: Played,
  row: RawRow | undefined,
  losses: boolean = false,
): Commit[] {
  const until = commits.findIndex(({ after }) => after === row);
  return commits
    .slice(0, until + 1)
    .filter(({ kind }) => kind === "move" || kind === "foreign" || (losses && kind === "lost"));
}

/** Who made the move that the row shows. */
function lastMover(played: Played, row: RawRow): "move" | "foreign" {
  const move = movesUpTo(played, row).at(-1);
  if (move !== undefined) return move.kind === "move" ? "move" : "foreign";
  return played.start?.op === undefined ? "foreign" : "move";
}

function checkGuard(played: Played, call: Call, rows: (RawRow | undefined)[]): Exception[] {
  const { action: deed, outcome } = call;
  if (deed.do !== "guard") return [];
  assert(["held", "free", "failed"].includes(outcome.is), `a guard ended as ${outcome.is}`);
  if (outcome.is === "failed") return [];
  const decisions = rows.map((row) => mustStay(played, row, deed));
  if (outcome.is === "free") {
    if (decisions.includes(false)) return [];
    return [forgotten(played, rows, deed.version)];
  }
  // A foreign advance, or a history cut short, hides which version was left: more is held then.
  if (!rows.some((row) => hides(played, row, deed.version)))
    assert(decisions.includes(true), `version ${deed.version} was held for no reason`);
  return [];
}

/** A permission was given while the version was neither active nor inside its grace period. */
function checkPermission(played: Played, { kind, call, before }: Commit): Exception[] {
  const { action: deed } = call;
  if (kind !== "permit" || deed.do !== "delete") return [];
  return mustStay(played, before, deed) ? [forgotten(played, [before], deed.version)] : [];
}

/** Why no row shows that a version is inside its grace period. */
function forgotten(played: Played, rows: (RawRow | undefined)[], version: number): Exception {
  assert(
    rows.some((row) => rowLost(played, row, version)),
    `version ${version} was let go while active or inside its grace period`,
  );
  return "row lost";
}

/**
 * The row was lost and is there again. What was live before is held where it is below the version that
 * one of ours set first; above it, or where a seed or a Go writer came first, no attribute shows it.
 */
function rowLost(played: Played, row: RawRow | undefined, version: number): boolean {
  const until = played.commits.findIndex(({ after }) => after === row);
  const lost = played.commits.slice(0, until + 1).some(({ kind }) => kind === "lost");
  if (row === undefined || !lost || modelOf(row).version === version) return false;
  const first = entriesOf(row)[0];
  return !(first && ["set", "rollback"].includes(first.kind) && version < first.version);
}

interface Move {
  version: number;
  at: number;
}

/** The same with where the history began. */
function movesUntil(played: Played, row: RawRow | undefined): Move[] {
  const { start } = played;
  const since = movesUpTo(played, row, true).map(({ after, turn }, index, moves) => {
    if (after !== undefined) return moveOf(after);
    // Readers resolve to version 1 while there is no row. A move is stamped before it is sent, so the
    // one that makes the row again may show an earlier time than the loss.
    const next = moves[index + 1]?.after;
    return { version: 1, at: Math.min(timeOf(turn), next ? moveOf(next).at : Infinity) };
  });
  return [...(start === undefined ? [] : movesOf(start)), ...since];
}

const moveOf = (row: RawRow): Move => ({ version: Number(row.ver?.N), at: Number(row.at?.N) });

const movesOf = (start: RawRow): Move[] => {
  const entries = entriesOf(start);
  return entries.length > 0 ? entries : [moveOf(start)];
};

/** Active, or left less than the grace period ago; without a row, any version may be active. */
function mustStay(
  played: Played,
  row: RawRow | undefined,
  { version, now }: { version: number; now: number },
): boolean {
  if (row === undefined || modelOf(row).version === version) return true;
  const moves = [...(played.start === undefined ? [{ version: 1, at: 0 }] : [])];
  const all = [...moves, ...movesUntil(played, row)];
  return all.some((move, index) => {
    const next = all[index + 1];
    // A Go writer may set version 1 where it was implied: it is not left then.
    if (move.version !== version || next === undefined || next.version === version) return false;
    return next.at + GRACE_TURNS * TURN_MS > now;
  });
}

function hides(played: Played, row: RawRow | undefined, version: number): boolean {
  const [first] = entriesOf(row);
  return (
    // What a cut history held is not known.
    entriesOf(row).length >= 10 ||
    // What was there before our first move is not known.
    (first !== undefined && version < first.version) ||
    played.commits.some(({ kind }) => kind === "lost") ||
    (played.start !== undefined && played.start.op === undefined) ||
    entriesOf(played.start).length > 0 ||
    movesUpTo(played, row).some(({ kind }) => kind === "foreign")
  );
}

/**
 * A refresh shows a version that was active while it ran, and later ones show no earlier state:
 * there is a moment for each, none before the one of a refresh that ended before it began.
 */
export function checkReader(played: Played): void {
  const states = [played.start, ...played.commits.map(({ after }) => after)];
  const turns = [0, ...played.commits.map(({ turn }) => turn)];
  let reached = 0;
  const shown = played.calls
    .filter(({ action: deed, outcome }) => deed.do === "refresh" && outcome.is === "shown")
    .sort((a, b) => a.ended - b.ended);
  for (const { began, ended, outcome } of shown) {
    if (outcome.is !== "shown") continue;
    const current = turns.findLastIndex((turn) => turn <= began);
    // A reader keeps what it holds while the row is lost, and while it is back at a smaller version.
    // Of two reads at once it can't tell which came first where one of them found no row.
    const lost = played.commits.some(({ kind, turn }) => kind === "lost" && turn <= ended);
    const earliest = lost ? Math.min(reached, current) : Math.max(reached, current);
    const moment = states.findIndex(
      (row, index) =>
        index >= earliest &&
        (turns[index] ?? 0) <= ended &&
        (modelOf(row).version ?? 1) === outcome.version &&
        (row === undefined) === outcome.implicit,
    );
    assert(
      moment >= 0,
      `a reader showed version ${outcome.version}, which it had left or never was`,
    );
    reached = moment;
  }
}

const timeOf = (turn: number): number => START + turn * TURN_MS;
