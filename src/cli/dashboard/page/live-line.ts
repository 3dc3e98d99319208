import type { DashboardJson } from "../dashboard-json";

/** What the page knows of its server; times in milliseconds. */
export interface PageLink {
  isReport: boolean;
  isConnected: boolean;
  intervalMs: number;
  /** Since the last facts. */
  silentMs: number;
}

/** How long a look may take before the page says that it shows old facts, in milliseconds. */
const LOOK_MS = 10_000;

/** The line that says of when the facts are. */
export function liveLine(
  facts: DashboardJson | null,
  { isReport, isConnected, intervalMs, silentMs }: PageLink,
): { text: string; bad: boolean } {
  const at = facts === null ? "" : facts.observed.replace("T", " ").replace(/\.\d+Z$/, "Z");
  const bad = (text: string) => ({ text, bad: true });
  if (isReport) return { text: `Report of ${at}`, bad: false };
  if (!isConnected)
    return bad(`Not connected${facts === null ? "" : `: these are the facts of ${at}`}`);
  // Its interval is a pause: three of them and a look.
  if (silentMs > 3 * intervalMs + LOOK_MS)
    return bad(`No facts for ${Math.floor(silentMs / 10_000) * 10} s: these are of ${at}`);
  const failed = (facts?.controlTables ?? []).flatMap(({ failure }) => failure ?? []);
  const [since] = failed.map((each) => each.since.slice(11, 19)).sort();
  if (since !== undefined)
    return bad(
      `${failed.length} control ${failed.length === 1 ? "table is" : "tables are"} not read since ${since}Z`,
    );
  return { text: facts === null ? "Reading" : `Live, ${at}`, bad: false };
}
