import type { VersionRole, VersionStatus } from "../retention";
import type { Style } from "./colour";
import type { Column } from "./columns";

const roleStyles: Partial<Record<VersionRole, Style>> = {
  active: "good",
  retiring: "faint",
  orphan: "warning",
};

/** A version's role, and whether it is blocked. */
export const roleColumn: Column<Pick<VersionStatus, "role" | "barred" | "retired">> = {
  heading: "ROLE",
  wrap: true,
  cell: ({ role, barred, retired }) =>
    [role, ...(barred ? ["barred"] : []), ...(retired ? ["retired"] : [])].join(", "),
  tone: ({ role, barred }) => (barred ? "warning" : roleStyles[role]),
};

/** The state of a version's table. */
export const stateColumn: Column<{ state: string }> = {
  heading: "STATE",
  cell: ({ state }) => state,
  tone: ({ state }) => (state === "ACTIVE" ? undefined : state === "MISSING" ? "bad" : "warning"),
};
