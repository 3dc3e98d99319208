import type { DynamoDBClient, TableDescription } from "@aws-sdk/client-dynamodb";
import { describeTable } from "../aws";
import { SwapError } from "../errors";
import { NAMED_VERSION, tableName } from "../pointer";

/** A migration as a retention plan's inputs describe it. */
export interface PlannedMigration {
  alias: string;
  /** The table of version 1, if it is not named `<alias>_v1`. */
  firstTable?: string;
  /** The table that the migration makes for its records. */
  migrationTable: string;
  /** Versions whose stream the migration turns on, and the program does not declare. */
  migrating?: readonly number[];
}

const NEEDED = "NEW_AND_OLD_IMAGES";

/**
 * Refuses a migration of tables that have a stream which the migration did not turn on, and one whose own table exists
 * although the program has declared no migration before. Cost: a DescribeTable for each of these tables.
 *
 * @param before the plan's inputs in the state; undefined if it has none
 * @throws SwapError `swap.input-invalid`, `swap.access-denied`, `swap.unreachable`, `swap.service-error`
 */
export async function assertMigratable(
  client: DynamoDBClient,
  { alias, firstTable, migrationTable, migrating = [] }: PlannedMigration,
  before: { migrationTable?: string } | undefined,
): Promise<void> {
  const ours = before?.migrationTable === migrationTable;
  if (!ours) assertNoRecord(migrationTable, await describeTable(client, migrationTable));
  for (const version of migrating) {
    const table = (version === NAMED_VERSION && firstTable) || tableName(alias, version);
    const { StreamSpecification: stream } = (await describeTable(client, table)) ?? {};
    const view = stream?.StreamEnabled === true ? stream.StreamViewType : undefined;
    if (view === undefined || (view === NEEDED && ours)) continue;
    const harm =
      view === NEEDED
        ? "the end of the migration would turn it off"
        : `the migration needs ${NEEDED}`;
    throw new SwapError("swap.input-invalid", {
      name: `streamViewType of version ${version}`,
      value: `(left out)`,
      rule: `table "${table}" has a stream with ${view}, which something may read, and ${harm}`,
      fix: `declare streamViewType: "${NEEDED}" for version ${version}, once the stream's readers can take it`,
    });
  }
}

/**
 * Refuses a table of records that exists before its migration is declared. That of a program has a stream. Such a
 * table is never taken over: the versions' streams may have been off for a while, so that changes are lost.
 */
function assertNoRecord(migrationTable: string, found: TableDescription | undefined): void {
  if (found === undefined) return;
  const [rule, fix] = found.StreamSpecification?.StreamEnabled
    ? [
        "a table of this name exists, with the stream of one that a program made: the pulumi up that took migrateFrom out has not ended, or another program declares it",
        `take migrateFrom out, run pulumi up until it ends, then declare it again; only if no stack manages table "${migrationTable}", delete it`,
      ]
    : [
        "a table of this name exists, such as one that swap migrate copy made, and the program has not declared a migration before",
        `delete table "${migrationTable}" once no copy or verification needs it, then run pulumi up again`,
      ];
  const value = JSON.stringify(migrationTable);
  throw new SwapError("swap.input-invalid", { name: "migrateFrom", value, rule, fix });
}
