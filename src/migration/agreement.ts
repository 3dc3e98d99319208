import { CLOCK_SKEW_MS } from "../validation";
import { differenceKinds } from "./difference";
import type { MigrationStart } from "./run";
import type { VerificationRecord } from "./verification-record";

/** A copy that is recorded, with the last verification. */
interface Verified {
  started: MigrationStart;
  verification: VerificationRecord | undefined;
}

/**
 * Whether a verification without differences shows what was recorded at a time: it began afterwards, by clocks of two
 * machines that may be a minute apart.
 *
 * @param at unix milliseconds
 * @param agreed as of {@link agreedAt}
 */
export const isSettled = (at: number, agreed: number | undefined): boolean =>
  agreed !== undefined && at + CLOCK_SKEW_MS < agreed;

/** When the last verification began, if it counts for the copy and found no differences. */
export function agreedAt(facts: Verified, now: number): number | undefined {
  const { verification } = facts;
  if (verification === undefined || verificationFault(facts, now) !== undefined) return undefined;
  return differenceTotal(verification) === 0 ? verification.startedAt : undefined;
}

/** The differences that a verification found, of all kinds together. */
export const differenceTotal = ({ counts }: VerificationRecord): number =>
  differenceKinds.reduce((sum, kind) => sum + counts[kind], 0);

/** Begins each text of a fault. */
const VOID = "the last verification does not count:";

/** The fault of a verification of a copy that left out each item: another one of this copy has it, too. */
export const leftOutFault = (record: VerificationRecord): string | undefined =>
  record.sourceItems > 0 && record.leftOut === record.sourceItems && record.targetItems === 0
    ? `${VOID} the transform left out each of ${record.sourceItems} items`
    : undefined;

/** Why the last verification says nothing about a copy; undefined if it does, whatever it found. */
export function verificationFault(
  { started, verification }: Verified,
  now: number,
): string | undefined {
  if (verification === undefined) return "no verification is recorded";
  const { done, failure, complete, from, transform, startedAt, tables, sourceItems, targetItems } =
    verification;
  if (!done && failure !== undefined) return `${VOID} it was given up: ${failure}`;
  if (!done) return `${VOID} it has not finished, or was interrupted`;
  if (from !== started.from) return `${VOID} it compared version ${from}`;
  if (transform !== started.transform)
    return `${VOID} it used transform ${transform}, and the copy ${started.transform}`;
  const same = (now: string, then: string) => now !== "" && now === then;
  if (!same(tables.source, started.tables.source) || !same(tables.target, started.tables.target))
    return `${VOID} a table was created again since the copy began`;
  if (!(startedAt > 0) || startedAt > now + CLOCK_SKEW_MS)
    return `${VOID} its time is missing or in the future`;
  if (startedAt < (started.replayFrom ?? started.startedAt))
    return `${VOID} it began before ${started.replayFrom === undefined ? "the copy" : "the replay"}`;
  if (!complete) return `${VOID} not all items could be compared`;
  if (sourceItems > 0 && targetItems === 0)
    return (
      leftOutFault(verification) ?? `${VOID} the target had no items, and the source ${sourceItems}`
    );
  return undefined;
}
