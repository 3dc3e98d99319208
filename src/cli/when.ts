import { isoTime } from "./time";

/** When a version became active, for a column: ISO 8601, `seed`, or `-` when the row is silent. */
export function whenOf(at: number | undefined): string {
  return at === 0 ? "seed" : (isoTime(at) ?? "-");
}
