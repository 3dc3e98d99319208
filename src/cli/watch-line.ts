import { printable } from "./printable";
import type { WatchEvent } from "./watch-state";

/** An event as one line for people. */
export function watchLine(event: WatchEvent): string {
  return printable(`${event.observed}  ${event.alias}  ${tellOf(event)}`);
}

function tellOf(event: WatchEvent): string {
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
