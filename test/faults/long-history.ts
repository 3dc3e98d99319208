import type { RawRow } from "../../src/pointer";
import { formatEntry } from "../../src/pointer/history";

/** A row as an earlier release left it at `version`, with more history than fits in a read unit. */
export function longHistory(version: number, at: number): RawRow {
  const count = 60;
  // Up by one and back, over and over: histories of so many moves have rollbacks in them.
  const entries = Array.from({ length: count }, (_, index) => {
    const back = index % 2 === 1;
    return formatEntry({
      version: back ? version : version + 1,
      kind: back ? "rollback" : "set",
      at: at - count + index + 1,
      operation: `before-${index}`,
      by: "an earlier release",
      why: "w".repeat(index),
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
