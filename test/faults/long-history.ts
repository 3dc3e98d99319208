import type { RawRow } from "../../src/pointer";
import { formatEntry, HISTORY_LENGTH, HISTORY_SLACK } from "../../src/pointer/history";

/** A row of ours at `version` whose history outgrows its bound with the next move. */
export function longHistory(version: number, at: number): RawRow {
  const count = HISTORY_LENGTH + HISTORY_SLACK;
  // Up by one and back, over and over: histories of so many moves have rollbacks in them.
  const entries = Array.from({ length: count }, (_, index) => {
    const back = index % 2 === 1;
    return formatEntry({
      version: back ? version : version + 1,
      kind: back ? "rollback" : "set",
      at: at - count + index + 1,
      operation: `before-${index}`,
    });
  });
  return {
    ver: { N: String(version) },
    at: { N: String(at) },
    op: { S: `before-${count - 1}` },
    prev: { N: String(version + 1) },
    hist: { L: entries },
  };
}
