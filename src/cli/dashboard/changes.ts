import type { ControlTableJson, DashboardAliasJson, DashboardJson } from "./dashboard-json";

/** What a page that is open is sent after a look: only what has changed since what it has. */
export interface ChangesJson extends Omit<DashboardJson, "controlTables"> {
  /** Pause between two looks, in milliseconds. */
  intervalMs: number;
  controlTables: (Omit<ControlTableJson, "aliases" | "doctor"> & {
    /** An alias that has not changed is its name. */
    aliases: (DashboardAliasJson | string)[];
    /** Absent if it has not changed. */
    doctor?: ControlTableJson["doctor"];
  })[];
}

/** What changed, where a look keeps the objects of what did not; all without facts before. */
export function changesOf(
  facts: DashboardJson,
  before: DashboardJson | undefined,
  intervalMs: number,
): ChangesJson {
  const controlTables = facts.controlTables.map(({ doctor, ...table }, index) => {
    const old = before?.controlTables[index];
    const known = new Set(old?.aliases);
    return {
      ...table,
      aliases: table.aliases.map((each) => (known.has(each) ? each.alias : each)),
      ...(old?.doctor !== doctor && { doctor }),
    };
  });
  return { ...facts, intervalMs, controlTables };
}

/** The facts after changes. */
export function withChanges(
  before: DashboardJson | null,
  { intervalMs: _, ...changes }: ChangesJson,
): DashboardJson {
  const controlTables = changes.controlTables.map((table, index) => {
    const old = before?.controlTables[index];
    const known = new Map(old?.aliases.map((each) => [each.alias, each]));
    return {
      ...table,
      aliases: table.aliases.flatMap((each) =>
        typeof each === "string" ? (known.get(each) ?? []) : each,
      ),
      doctor: table.doctor === undefined ? (old?.doctor ?? null) : table.doctor,
    };
  });
  return { ...changes, controlTables };
}
