import {
  DescribeTableCommand,
  type DynamoDBClient,
  type TableDescription,
} from "@aws-sdk/client-dynamodb";
import { fromAws, isNotFound, send } from "../aws";
import type { Candidate, Verdict } from "./gate";

/** A table to check, and the signal that ends the check. */
export interface TableTarget {
  client: DynamoDBClient;
  table: string;
  signal?: AbortSignal | undefined;
}

/** Thrown when a table does not exist: a separate refusal, since its fix depends on the table. */
class TableNotFound extends Error {
  constructor(readonly table: string) {
    super(`table "${table}" does not exist`);
  }
}

/**
 * Sends one request about a table and names the action in its failure, so that a refusal says which
 * permission is missing.
 *
 * @param action API name, such as `Scan`
 * @throws SwapError, or an error that {@link refuseIfTableMissing} turns into a refusal
 */
export async function request<T>(
  { client, table, signal }: TableTarget,
  action: string,
  send: (options: { abortSignal?: AbortSignal }) => Promise<T>,
): Promise<T> {
  try {
    return await send(signal ? { abortSignal: signal } : {});
  } catch (error) {
    if (isNotFound(error)) throw new TableNotFound(table);
    throw await fromAws(error, { client, action, table });
  }
}

/** Describes a table, which uses no read capacity. */
export async function describe(at: TableTarget): Promise<TableDescription | undefined> {
  const command = new DescribeTableCommand({ TableName: at.table });
  const { Table } = await request(at, "DescribeTable", (options) =>
    send(at.client, command, options.abortSignal, "readiness"),
  );
  return Table;
}

/** Runs a check whose requests go through {@link request}; a missing table becomes a refusal. */
export async function refuseIfTableMissing(
  { activeTable }: Candidate,
  check: () => Promise<Verdict>,
): Promise<Verdict> {
  try {
    return await check();
  } catch (error) {
    if (!(error instanceof TableNotFound)) throw error;
    return error.table === activeTable
      ? {
          ready: false,
          final: true,
          reason: `the active version's table "${error.table}" does not exist, so nothing can be compared with it`,
          fix: "restore it, or leave out readiness.coverage, readiness.verify and readiness.migration to go live without the comparison",
        }
      : {
          ready: false,
          missing: true,
          reason: error.message,
          fix: "create and fill the version's table first, or name a version that has one",
        };
  }
}
