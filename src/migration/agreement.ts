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

/** Why the last verification says nothing about a copy; undefined if it does, whatever it found. */
export function verificationFault(
  { started, verification }: Verified,
  now: number,
): string | undefined {
  const last = "the last verification does not count:";
  if (verification === undefined) return "no verification is recorded";
  const { done, failure, complete, from, transform, startedAt, tables, sourceItems, targetItems } =
    verification;
  if (!done && failure !== undefined) return `${last} it was given up: ${failure}`;
  if (!done) return `${last} it has not finished, or was interrupted`;
  if (from !== started.from) return `${last} it compared version ${from}`;
  if (transform !== started.transform)
    return `${last} it used transform ${transform}, and the copy ${started.transform}`;
  const same = (now: string, then: string) => now !== "" && now === then;
  if (!same(tables.source, started.tables.source) || !same(tables.target, started.tables.target))
    return `${last} a table was created again since the copy began`;
  if (!(startedAt > 0) || startedAt > now + CLOCK_SKEW_MS)
    return `${last} its time is missing or in the future`;
  if (startedAt < (started.replayFrom ?? started.startedAt))
    return `${last} it began before ${started.replayFrom === undefined ? "the copy" : "the replay"}`;
  if (!complete) return `${last} not all items could be compared`;
  if (sourceItems > 0 && targetItems === 0)
    return `${last} the target had no items, and the source ${sourceItems}`;
  return undefined;
}
