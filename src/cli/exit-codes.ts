import type { Failure, FailureCode } from "./failure";

/** Exit codes of every command; documented in docs/cli.md. */
export const EXIT = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  noActiveVersion: 3,
  controlTableMissing: 4,
  malformedRow: 5,
  access: 6,
  unreachable: 7,
  doctorFound: 8,
  waitTimedOut: 9,
  dataDiffers: 10,
  moveRefused: 11,
  outcomeUnknown: 12,
  interrupted: 130,
} as const;

const exits: Record<FailureCode, number> = {
  "swap.no-active-version": EXIT.noActiveVersion,
  "swap.control-table-missing": EXIT.controlTableMissing,
  "swap.malformed-row": EXIT.malformedRow,
  "swap.version-out-of-range": EXIT.usage,
  "swap.alias-invalid": EXIT.usage,
  "swap.input-invalid": EXIT.usage,
  "swap.access-denied": EXIT.access,
  "swap.unreachable": EXIT.unreachable,
  "swap.wait-timed-out": EXIT.waitTimedOut,
  "swap.version-regressed": EXIT.moveRefused,
  "swap.version-barred": EXIT.moveRefused,
  "swap.version-retired": EXIT.moveRefused,
  "swap.expectation-failed": EXIT.moveRefused,
  "swap.outcome-unknown": EXIT.outcomeUnknown,
  "swap.location-mismatch": EXIT.unexpected,
  "swap.not-ready": EXIT.moveRefused,
  "swap.version-in-use": EXIT.unexpected,
  "swap.reader-stopped": EXIT.unexpected,
  "swap.stale": EXIT.unexpected,
  "swap.version-gone": EXIT.unexpected,
  "swap.switch-in-progress": EXIT.moveRefused,
  "swap.fence-removed": EXIT.moveRefused,
  "swap.write-in-doubt": EXIT.unexpected,
  "swap.service-error": EXIT.unexpected,
  "swap.unexpected": EXIT.unexpected,
};

/** The exit code of a failure. */
export function exitCodeOf({ code, payload }: Failure): number {
  if (code === "swap.version-out-of-range" && payload.source === "row") return EXIT.malformedRow;
  return exits[code];
}
