import { formatValue, parseDuration } from "../../validation";
import { usageError } from "../usage";
import type { Finding } from "./finding";

/** Flags for the values that neither rows nor tables hold. */
export interface GraceFlags {
  grace?: string | undefined;
  "readers-refresh"?: string | undefined;
}

/** A duration as given and in milliseconds. */
export interface Duration {
  text: string;
  ms: number;
}

/** How long deactivated versions are kept, and how long readers may still use one. */
export interface DoctorGrace {
  grace: Duration;
  readersRefresh?: Duration;
}

/**
 * Parses the grace flags; undefined if neither is given.
 *
 * @throws SwapError `swap.input-invalid` for an invalid duration, and for a refresh without a grace period
 */
export function graceTermsOf(flags: GraceFlags): DoctorGrace | undefined {
  const grace = durationOf("grace", flags.grace);
  const readersRefresh = durationOf("readers-refresh", flags["readers-refresh"]);
  if (grace !== undefined) return { grace, ...(readersRefresh && { readersRefresh }) };
  if (readersRefresh === undefined) return undefined;
  throw usageError(
    "flag --readers-refresh",
    formatValue(readersRefresh.text),
    "it is compared with --grace, which is not given",
    "pass --grace as well, as retention.grace of the stack has it (24h by default)",
  );
}

function durationOf(flag: string, text: string | undefined): Duration | undefined {
  return text === undefined ? undefined : { text, ms: parseDuration(text, `flag --${flag}`) };
}

/**
 * Checks that the grace period is long enough: a version's table must not be deleted while readers still
 * use it.
 */
export function checkGrace({ grace, readersRefresh }: DoctorGrace): Finding[] {
  if (readersRefresh === undefined || grace.ms >= readersRefresh.ms) return [];
  return [
    {
      severity: "error",
      code: "grace-shorter-than-refresh",
      alias: null,
      table: null,
      message: `a grace of ${grace.text} is shorter than the readers' refresh of ${readersRefresh.text}: a table may be dropped while readers still use it`,
      fix: `set retention.grace to ${readersRefresh.text} or more, or have every reader refresh within ${grace.text}`,
    },
  ];
}

/** Names the checks that the missing flags disable; undefined if all are on. */
export function uncheckedGrace(terms: DoctorGrace | undefined): string | undefined {
  if (terms === undefined)
    return "not checked: the grace period against the readers' refresh, and what was dropped inside it; pass --grace and --readers-refresh";
  if (terms.readersRefresh === undefined)
    return "not checked: the grace period against the readers' refresh; pass --readers-refresh";
  return undefined;
}
