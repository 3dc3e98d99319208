import { type AttributeValue, ScanCommand } from "@aws-sdk/client-dynamodb";
import { send } from "../aws";
import type { Candidate, Gate, Verdict } from "./gate";
import { OutOfReadUnits, ReadMeter } from "./read-meter";
import { refuseIfTableMissing, request } from "./request";

/** The minimum number of items in the version's table, and the cost limit of counting them. */
export interface MinItemsOptions {
  /** 1 or more. */
  count: number;
  /**
   * Maximum read units of one check. The default reads about 80 MB of items.
   * @default 10000
   */
  maxReadUnits?: number;
}

/** An eventually consistent read of up to 4 KB. */
const MIN_READ_UNITS = 0.5;
/** Greatest `Limit` that the API accepts. */
const MAX_LIMIT = 2 ** 31 - 1;

/**
 * A gate that passes if the version's table holds at least `count` items, counted by a scan that ends once
 * the count is reached. DescribeTable's count can't be used: DynamoDB updates it "approximately every six
 * hours" (API reference, `TableDescription.ItemCount`), so it would miss a backfill.
 *
 * Cost: 0.5 read units for each 4 KB of items counted, at most `maxReadUnits` and one page of 1 MB (128.5).
 * Repeated every 30 s during `waitFor`. Needs Scan on the table.
 */
export function minItems({ count, maxReadUnits }: MinItemsOptions): Gate {
  return {
    name: "minItems",
    pauseMs: 30_000,
    check: (candidate, signal) =>
      refuseIfTableMissing(candidate, () =>
        countItems(candidate, count, maxReadUnits ?? 10_000, signal),
      ),
  };
}

async function countItems(
  { client, table }: Candidate,
  count: number,
  maxReadUnits: number,
  signal?: AbortSignal,
): Promise<Verdict> {
  const meter = new ReadMeter(maxReadUnits);
  let counted = 0;
  let from: Record<string, AttributeValue> | undefined;
  try {
    do {
      meter.reserve(MIN_READ_UNITS);
      const command = new ScanCommand({
        TableName: table,
        Select: "COUNT",
        Limit: Math.min(count - counted, MAX_LIMIT),
        ReturnConsumedCapacity: "TOTAL",
        ExclusiveStartKey: from,
      });
      const answer = await request({ client, table, signal }, "Scan", (options) =>
        send(client, command, options.abortSignal, "readiness"),
      );
      meter.add(answer.ConsumedCapacity?.CapacityUnits, MIN_READ_UNITS);
      counted += answer.Count ?? 0;
      from = answer.LastEvaluatedKey;
    } while (from && counted < count);
  } catch (error) {
    if (error instanceof OutOfReadUnits) return readUnitsExhausted(counted, count, meter);
    throw error;
  }
  if (counted >= count)
    return { ready: true, note: `at least ${count} items, ${meter.used} read units` };
  return {
    ready: false,
    reason: `table "${table}" holds ${counted} items, at least ${count} wanted, ${meter.used} read units`,
    fix: `finish the backfill of "${table}", or lower readiness.minItems.count`,
  };
}

function readUnitsExhausted(counted: number, count: number, meter: ReadMeter): Verdict {
  return {
    ready: false,
    final: true,
    reason:
      `${counted} of ${count} items were counted when ${meter.used} of ${meter.limit} read units ` +
      "were used, the next would exceed them",
    fix: "raise readiness.minItems.maxReadUnits, or lower readiness.minItems.count",
  };
}
