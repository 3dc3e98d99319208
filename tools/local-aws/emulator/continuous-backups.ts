import { validation } from "./failure";
import { type Json, member } from "./json";
import { type Operation, tableNamed } from "./request-context";
import type { TableMetadata } from "./table-metadata";

const DAY_MS = 86_400_000;
const LONGEST_DAYS = 35;

/**
 * Keeps the setting and its dates. No history of items is kept: see restoreTable for what can be
 * restored.
 */
export const updateContinuousBackups: Operation = async (context, { metadata, now }) => {
  const table = await tableNamed(context, context.input.TableName);
  const wanted = member(context.input, "PointInTimeRecoverySpecification") ?? {};
  const { PointInTimeRecoveryEnabled: enabled, RecoveryPeriodInDays: days } = wanted;
  if (typeof enabled !== "boolean") {
    throw validation("PointInTimeRecoverySpecification needs PointInTimeRecoveryEnabled");
  }
  const tableMetadata = metadata.get(table);
  if (enabled) {
    const sinceMs = tableMetadata.recovery?.sinceMs ?? now();
    tableMetadata.recovery = { sinceMs, days: recoveryDays(days) };
  } else {
    delete tableMetadata.recovery;
  }
  metadata.set(table, tableMetadata);
  return description(tableMetadata, now());
};

export const describeContinuousBackups: Operation = async (context, { metadata, now }) =>
  description(metadata.get(await tableNamed(context, context.input.TableName)), now());

function recoveryDays(days: unknown): number {
  if (days === undefined || days === null) return LONGEST_DAYS;
  if (typeof days === "number" && Number.isInteger(days) && days >= 1 && days <= LONGEST_DAYS) {
    return days;
  }
  throw validation(`RecoveryPeriodInDays is ${days}: it must be from 1 to ${LONGEST_DAYS}`);
}

/**
 * The latest restorable time is this moment (AWS: some five minutes ago), because a restore
 * copies the items there are now.
 */
function description({ recovery }: TableMetadata, nowMs: number): Json {
  const earliest = recovery && Math.max(recovery.sinceMs, nowMs - recovery.days * DAY_MS);
  return {
    ContinuousBackupsDescription: {
      ContinuousBackupsStatus: "ENABLED",
      PointInTimeRecoveryDescription:
        recovery === undefined || earliest === undefined
          ? { PointInTimeRecoveryStatus: "DISABLED" }
          : {
              PointInTimeRecoveryStatus: "ENABLED",
              RecoveryPeriodInDays: recovery.days,
              EarliestRestorableDateTime: earliest / 1000,
              LatestRestorableDateTime: nowMs / 1000,
            },
    },
  };
}
