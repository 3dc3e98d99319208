import { type DynamoDBClient, UpdateTableCommand } from "@aws-sdk/client-dynamodb";
import { describeTable, fromAws, isNotFound, monotonicClock, NEW_TABLE_MS, send } from "../aws";
import { SwapError } from "../errors";

/** Pause between descriptions of a table that is being updated, in milliseconds, and the time limit. */
const POLL_MS = 500;
const POLLS = 240;

/**
 * Turns the deletion protection of a table on or off, unless it is so already, and waits until the table is
 * ACTIVE. A missing table is ignored. Cost: one DescribeTable; for a change one UpdateTable, and a
 * DescribeTable for each half second.
 *
 * @param isNew the table may have just been created: retry while it is not found
 * @param signal ends the wait; the update may still be applied
 * @throws SwapError `swap.access-denied`, `swap.unreachable`, `swap.service-error`
 */
export async function setDeletionProtection(
  client: DynamoDBClient,
  table: string,
  wanted: boolean,
  { isNew = false, signal }: { isNew?: boolean; signal?: AbortSignal | undefined } = {},
): Promise<void> {
  let asked = false;
  for (let poll = 0; poll < POLLS; poll++) {
    if (poll > 0) await monotonicClock.sleep(POLL_MS, signal);
    if (poll > 0 && signal?.aborted)
      throw stillUpdatingError(table, "when the run was interrupted");
    const description = await describeTable(client, table);
    if (description === undefined && isNew && poll * POLL_MS < NEW_TABLE_MS) continue;
    if (description === undefined || description.TableStatus === "DELETING") return;
    const settled = description.TableStatus === "ACTIVE";
    const done = (description.DeletionProtectionEnabled === true) === wanted;
    // A table that is being updated can't be deleted.
    if (done && (settled || !asked)) return;
    if (!settled || done) continue;
    await change(client, table, wanted);
    asked = true;
  }
  throw stillUpdatingError(table, `after ${(POLL_MS * POLLS) / 1000} s`);
}

function stillUpdatingError(table: string, when: string): SwapError {
  return new SwapError("swap.service-error", {
    action: "UpdateTable",
    resource: table,
    reason: `the table is still being changed ${when}`,
  });
}

async function change(client: DynamoDBClient, table: string, wanted: boolean): Promise<void> {
  try {
    await send(
      client,
      new UpdateTableCommand({ TableName: table, DeletionProtectionEnabled: wanted }),
    );
  } catch (error) {
    const { name } = error as Error;
    // Another change is under way, or the table was deleted meanwhile: the next read shows which.
    if (name === "ResourceInUseException" || isNotFound(error)) return;
    throw await fromAws(error, { client, action: "UpdateTable", table });
  }
}
