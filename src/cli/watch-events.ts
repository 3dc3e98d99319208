import type { PointerRow } from "../pointer";
import type { AliasState } from "./alias-state";
import { failureOf } from "./failure";
import { type PointerJson, pointerJson, tableOrNull } from "./pointer-json";
import { type FailureJson, failureJson } from "./report";

/** One line of `swap watch --json`. `observed` is the time of the reading, ISO 8601. */
export type WatchEvent = { observed: string; alias: string } & (
  | ({ event: "initial" | "changed"; from: number | null; table: string | null } & PointerJson)
  | { event: "absent" }
  | ({ event: "malformed" } & FailureJson)
);

/** Compares each reading with the previous one, for each alias. */
export class WatchState {
  private readonly last = new Map<string, AliasState>();
  private first = true;

  constructor(private readonly now: () => Date = () => new Date()) {}

  /** Returns the events of one complete reading of the watched aliases. */
  update(seen: readonly AliasState[]): WatchEvent[] {
    const present = new Set(seen.map(({ alias }) => alias));
    const gone = [...this.last.keys()].filter((alias) => !present.has(alias));
    const events = [...seen, ...gone.map((alias) => ({ alias }))].flatMap((each) =>
      this.eventsOf(each),
    );
    this.first = false;
    return events;
  }

  private eventsOf(seen: AliasState): WatchEvent[] {
    const { alias } = seen;
    const before = this.last.get(alias);
    this.last.set(alias, seen);
    if (before !== undefined && isUnchanged(before, seen)) return [];
    if (before === undefined && !this.first && !seen.row && !seen.error) return [];
    const head = { observed: this.now().toISOString(), alias };
    if (seen.error) return [{ ...head, event: "malformed", ...failureJson(failureOf(seen.error)) }];
    if (!seen.row) return [{ ...head, event: "absent" }];
    const event = this.first ? "initial" : "changed";
    const table = tableOrNull(alias, seen.row.version, seen.row);
    const from = before?.row?.version ?? null;
    return [{ ...head, event, from, table, ...pointerJson(seen.row) }];
  }
}

/**
 * Whether a pointer is the same. If it changed and changed back between two readings, its time or operation
 * differs.
 */
function isUnchanged(a: AliasState, b: AliasState): boolean {
  return rowIdentity(a.row) === rowIdentity(b.row) && a.error?.message === b.error?.message;
}

function rowIdentity(row: PointerRow | undefined): string {
  return JSON.stringify([row?.version, row?.activatedAt, row?.operation, row?.tableNames]);
}

/** Formats an event as one line of text. */
export function formatWatchEvent(event: WatchEvent): string {
  return `${event.observed}  ${event.alias}  ${describeEvent(event)}`;
}

function describeEvent(event: WatchEvent): string {
  if (event.event === "absent") return "no row";
  if (event.event === "malformed") return `malformed: ${event.error.message}`;
  const { from, version, table, kind, by, why } = event;
  const step = from === null ? `${version}` : `${from} -> ${version}`;
  const note = [
    kind === "foreign" ? "by another writer" : kind === "set" ? "" : kind,
    by === null ? "" : `by ${by}`,
    why === null ? "" : `(${why})`,
  ];
  return [step, table ?? "-", note.filter((part) => part !== "").join(" ")].join("  ").trimEnd();
}
