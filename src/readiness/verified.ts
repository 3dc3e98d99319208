import {
  differenceKinds,
  MigrationStore,
  migrationTable,
  tableId,
  unverifiable,
  type VerificationRecord,
} from "../migration";
import { versionOfTable } from "../pointer/names";
import { CLOCK_SKEW_MS, parseDuration } from "../validation";
import type { Candidate, Gate, Verdict } from "./gate";
import { describe, refuseIfTableMissing } from "./request";

/** How recent a verification has to be, and what it may have found. */
export interface VerifiedOptions {
  /** The greatest age of the last verification, from when it began, such as "1h". */
  within: string;
  /**
   * Differences that it may have found: 0 or more.
   * @default 0
   */
  differences?: number;
  /**
   * The hash of the transform that it must have used, as `swap verify --json` prints it; "none" for no
   * transform. Default: that of the recorded copy, if there is one.
   */
  transform?: string;
}

/**
 * A gate that passes if the last verification (`swap verify`) compared the active version's table with this
 * one's, neither of which was recreated since, is recent, complete, and found no more than the permitted
 * differences. A target without items is refused, if the source has any. It reads the record and does not
 * compare items itself. Without an active version it passes and says so.
 *
 * Cost: two consistent GetItem, 1 read unit each, a third one to refuse, and two DescribeTable. Needs GetItem on
 * `<alias>_migration`, and DescribeTable on both tables.
 *
 * @param now for tests: unix milliseconds
 */
export function verified(options: VerifiedOptions, now: () => number = Date.now): Gate {
  return {
    name: "verify",
    async check(candidate, signal): Promise<Verdict> {
      const { activeTable } = candidate;
      if (activeTable === undefined)
        return { ready: true, note: "skipped, no version is active to compare with" };
      return refuseIfTableMissing(candidate, () =>
        judge({ ...candidate, activeTable }, options, now(), signal),
      );
    },
  };
}

const AGAIN = "take migrateFrom out of the program, run pulumi up, and declare it again";

async function judge(
  candidate: Candidate & { activeTable: string },
  options: VerifiedOptions,
  now: number,
  signal: AbortSignal | undefined,
): Promise<Verdict> {
  const { client, alias, version, activeTable } = candidate;
  const from = candidate.activeVersion ?? versionOfTable(alias, activeTable);
  const store = new MigrationStore({ client, signal }, alias, version);
  const record = await store.verification();
  const copied = await store.started();
  const fault = faultOfRecord(record, from, now);
  const byFunctions = copied?.engine === "lambda" && copied.from === from;
  /** What to do first where the run can't be verified or repaired now. */
  const hindrance = async () =>
    copied && copied.from === from
      ? unverifiable(copied, await store.control(copied.run), alias, version)?.fix
      : undefined;
  const again = async () =>
    byFunctions
      ? ((await hindrance()) ?? `run swap migrate verify ${alias} ${version}`)
      : undefined;
  if (record === undefined || fault !== undefined)
    return notVerified(
      candidate,
      from,
      fault ?? `none is recorded in "${migrationTable(alias)}"`,
      await again(),
    );
  for (const [table, recorded] of [
    [activeTable, record.tables.source],
    [candidate.table, record.tables.target],
  ] as const)
    if (recorded === "" || tableId(await describe({ client, table, signal })) !== recorded)
      return notVerified(
        candidate,
        from,
        `table "${table}" is not the one it read, it has been created again since`,
        byFunctions ? `the copy is void, too: ${AGAIN}` : undefined,
      );
  const verifyCommand = `swap verify ${alias} ${from} ${version}`;
  const { startedAt, transform, counts, complete, sourceItems, leftOut, targetItems } = record;

  const wanted = options.transform ?? (copied?.from === from ? copied?.transform : undefined);
  if (wanted !== undefined && transform !== wanted)
    return notVerified(
      candidate,
      from,
      `it used transform ${transform}, ${wanted} is wanted`,
      `run ${verifyCommand} with --transform FILE as the copy used it; if the transform was corrected since, copy again ` +
        `with swap migrate copy ${alias} --from ${from} --to ${version} --transform FILE --restart, or set readiness.verify.transform`,
    );
  const file = transform === "none" ? "" : " --transform FILE";
  const age = now - startedAt;
  const figures =
    `${sourceItems} items of version ${from} and ${targetItems} of version ${version}, ${leftOut} left out, ` +
    `transform ${transform}, begun ${ageText(age)} ago`;
  if (age > parseDuration(options.within, "readiness.verify.within"))
    return notVerified(
      candidate,
      from,
      `it is too old: ${figures}, at most ${options.within} wanted`,
      await again(),
    );
  const found = differenceKinds.filter((kind) => counts[kind] > 0);
  const total = found.reduce((sum, kind) => sum + counts[kind], 0);
  const most = options.differences ?? 0;
  const by = found.map((kind) => `${counts[kind]} ${kind}`).join(", ");
  if (total > most || !complete)
    return {
      ready: false,
      reason:
        `the last verification found ${complete ? "" : "at least "}${total} differences ` +
        `(${by || "none"}), at most ${most} wanted: ${figures}`,
      fix:
        (await hindrance()) ??
        `run swap migrate repair ${alias} --from ${from} --to ${version}${file}, then ` +
          (byFunctions ? `swap migrate verify ${alias} ${version}` : `${verifyCommand}${file}`),
    };
  if (sourceItems > 0 && targetItems === 0)
    return {
      ready: false,
      reason: `the last verification read ${sourceItems} items of version ${from} and none of version ${version}`,
      fix: `correct the transform, which leaves out every item, ${byFunctions ? AGAIN : "and copy with --restart"}; to go live with an empty table, leave out readiness.verify`,
    };
  return { ready: true, note: `${total} differences: ${figures}` };
}

/** Why a record shows nothing about this cut-over; undefined if it does. */
function faultOfRecord(
  record: VerificationRecord | undefined,
  from: number | undefined,
  now: number,
): string | undefined {
  if (record === undefined) return undefined;
  if (!record.done && record.failure !== undefined) return `it was given up: ${record.failure}`;
  if (!record.done) return "it has not finished, or was interrupted";
  if (record.from !== from)
    return `it compared version ${record.from}, and version ${from} is active`;
  if (!(record.startedAt > 0)) return "it has no time";
  if (record.startedAt > now + CLOCK_SKEW_MS)
    return "its time is in the future: the clock of the machine that made it, or of this one, is wrong";
  return undefined;
}

function notVerified(
  { alias, version }: Candidate,
  from: number | undefined,
  reason: string,
  fix = `run swap verify ${alias} ${from} ${version}, with --transform FILE if the copy had one`,
): Verdict {
  return {
    ready: false,
    reason: `the last verification of version ${version} does not count: ${reason}`,
    fix,
  };
}

function ageText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
