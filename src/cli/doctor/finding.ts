/** How much a finding matters; an error or a warning makes doctor exit with 8. */
export type Severity = "error" | "warning" | "info";

/** The severities, most severe first. */
export const severities: readonly Severity[] = ["error", "warning", "info"];

/** Compares two severities; the most severe is first. */
export function compareSeverity(a: Severity, b: Severity): number {
  return severities.indexOf(a) - severities.indexOf(b);
}

/** Codes of doctor's findings. */
export type FindingCode =
  | "active-table-missing"
  | "active-table-not-active"
  | "active-version-barred"
  | "conventional-table-exists"
  | "table-of-two-aliases"
  | "active-version-retired"
  | "alias-invalid"
  | "corrupt-attribute"
  | "held-without-row"
  | "malformed-row"
  | "no-row"
  | "orphan"
  | "retired"
  | "in-grace"
  | "may-go"
  | "dropped-in-grace"
  | "grace-shorter-than-refresh"
  | "ahead"
  | "foreign-writer"
  | "point-in-time-recovery-off"
  | "point-in-time-recovery-not-checked"
  | "deletion-protection-off"
  | "last-writer-wins";

/** One finding of doctor, with its fix. */
export interface Finding {
  severity: Severity;
  code: FindingCode;
  /** Null if the finding concerns no single alias, such as one about the control table. */
  alias: string | null;
  table: string | null;
  /** When the grace period of the finding's version ends, ISO 8601; absent for other findings. */
  until?: string;
  message: string;
  fix: string;
}
