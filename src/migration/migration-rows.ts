import {
  CreateTableCommand,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  type PutItemCommandInput,
  QueryCommand,
  type QueryCommandOutput,
  type TableDescription,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from "@aws-sdk/client-dynamodb";
import { describeTable } from "../aws";
import { isSwapError, SwapError } from "../errors";
import type { Item } from "../items";
import { assertAlias, MAX_TABLE_NAME_LENGTH } from "../pointer/names";
import { type Clock, realClock } from "./rate-limit";
import { type Requests, sendRequest } from "./request";
import { writeItems } from "./write-items";

/** The two tables of a migration, each by its {@link tableId}. */
export interface TableIds {
  source: string;
  target: string;
}

/** How long to wait for a new table, in milliseconds, with pauses that double from the first. */
const NEW_TABLE_MS = 120_000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;

/**
 * The table that holds an alias's migrations: `<alias>_migration`.
 *
 * @throws SwapError `swap.alias-invalid` if that is no table name
 */
export function migrationTable(alias: string): string {
  assertAlias(alias);
  const name = `${alias}_migration`;
  if (name.length > MAX_TABLE_NAME_LENGTH)
    throw new SwapError("swap.alias-invalid", {
      alias,
      rule: `table name "${name}" has ${name.length} characters, at most ${MAX_TABLE_NAME_LENGTH} are allowed`,
    });
  return name;
}

/**
 * Tells a table from another one that had, or will have, its name: DynamoDB's TableId, else (DynamoDB Local)
 * the time of its creation. Empty if the table does not exist.
 */
export function tableId(table: TableDescription | undefined): string {
  return table?.TableId ?? table?.CreationDateTime?.toISOString() ?? "";
}

/**
 * Reads the {@link tableId} of both tables of a migration. Cost: two DescribeTable.
 *
 * @throws SwapError as `fromAws`
 */
export async function readTableIds(
  client: DynamoDBClient,
  tables: { source: string; target: string },
): Promise<TableIds> {
  return {
    source: tableId(await describeTable(client, tables.source)),
    target: tableId(await describeTable(client, tables.target)),
  };
}

/** When a row is written. */
export type PutCondition = Pick<
  PutItemCommandInput,
  "ConditionExpression" | "ExpressionAttributeNames" | "ExpressionAttributeValues"
>;

/** A change of some attributes of a row. */
export type RowChange = Pick<
  UpdateItemCommandInput,
  | "UpdateExpression"
  | "ConditionExpression"
  | "ExpressionAttributeNames"
  | "ExpressionAttributeValues"
>;

/**
 * The rows of one migration in the alias's migration table. Partition key `pk` is `<alias>#<version written>`, sort
 * key `sk` says what the row holds.
 */
export class MigrationRows {
  readonly name: string;
  readonly #pk: string;

  constructor(
    private readonly at: Requests,
    alias: string,
    to: number,
  ) {
    this.name = migrationTable(alias);
    this.#pk = `${alias}#${to}`;
  }

  /** Creates the table unless it exists: on-demand billing, partition key `pk`, sort key `sk`. */
  async create(clock: Clock = realClock): Promise<{ created: boolean }> {
    const { client, signal } = this.at;
    if ((await describeTable(client, this.name))?.TableStatus === "ACTIVE")
      return { created: false };
    const command = new CreateTableCommand({
      TableName: this.name,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [
        { AttributeName: "pk", AttributeType: "S" },
        { AttributeName: "sk", AttributeType: "S" },
      ],
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" },
      ],
    });
    try {
      await sendRequest(this.at, this.name, "CreateTable", command);
    } catch (error) {
      if (causeName(error) !== "ResourceInUseException") throw error;
    }
    const deadline = clock.now() + NEW_TABLE_MS;
    for (let pause = FIRST_PAUSE_MS; clock.now() < deadline; pause *= 2) {
      if ((await describeTable(client, this.name))?.TableStatus === "ACTIVE")
        return { created: true };
      await clock.sleep(Math.min(pause, LONGEST_PAUSE_MS), signal);
    }
    throw new SwapError("swap.service-error", {
      action: "CreateTable",
      resource: this.name,
      reason: `the table was not ACTIVE within ${NEW_TABLE_MS / 1000} s`,
    });
  }

  /** Writes a row if the condition holds; false if it doesn't. */
  async putIf(row: Item, condition: PutCondition): Promise<boolean> {
    const command = new PutItemCommand({ TableName: this.name, Item: row, ...condition });
    return conditionHeld(sendRequest(this.at, this.name, "PutItem", command));
  }

  /** The primary key of a row. */
  key(sk: string): Item {
    return { pk: { S: this.#pk }, sk: { S: sk } };
  }

  /**
   * Reads a row, strongly consistent; undefined if there is none.
   *
   * @throws SwapError also if the table does not exist
   */
  async read(sk: string): Promise<Item | undefined> {
    const command = new GetItemCommand({
      TableName: this.name,
      Key: this.key(sk),
      ConsistentRead: true,
    });
    return (await sendRequest(this.at, this.name, "GetItem", command)).Item;
  }

  /** Reads a row as {@link read}; undefined if the table does not exist. */
  async get(sk: string): Promise<Item | undefined> {
    try {
      return await this.read(sk);
    } catch (error) {
      if (causeName(error) === "ResourceNotFoundException") return undefined;
      throw error;
    }
  }

  /** Writes a row, whatever is there. */
  async put(sk: string, attributes: Item): Promise<void> {
    const command = new PutItemCommand({
      TableName: this.name,
      Item: { ...this.key(sk), ...attributes },
    });
    await sendRequest(this.at, this.name, "PutItem", command);
  }

  /** Changes a row, which is made if there is none. */
  async update(sk: string, change: RowChange): Promise<void> {
    const command = new UpdateItemCommand({
      TableName: this.name,
      Key: this.key(sk),
      ...change,
    });
    await sendRequest(this.at, this.name, "UpdateItem", command);
  }

  /** Changes a row if the condition holds; false if it doesn't. */
  async updateIf(sk: string, change: RowChange & PutCondition): Promise<boolean> {
    return conditionHeld(this.update(sk, change));
  }

  /** Deletes a row; nothing happens if there is none. */
  async delete(sk: string): Promise<void> {
    const command = new DeleteItemCommand({ TableName: this.name, Key: this.key(sk) });
    await sendRequest(this.at, this.name, "DeleteItem", command);
  }

  /**
   * Reads the rows whose sort keys begin with the prefix, strongly consistent; "" for all.
   *
   * @param attributes the only ones that are returned of each; none for all
   */
  async query(prefix: string, ...attributes: string[]): Promise<Item[]> {
    const items: Item[] = [];
    for await (const row of this.each(prefix, ...attributes)) items.push(row);
    return items;
  }

  /** Reads the rows as {@link query}, and holds a page of them at a time. */
  async *each(prefix: string, ...attributes: string[]): AsyncGenerator<Item, void, undefined> {
    const names = Object.fromEntries(attributes.map((name, index) => [`#${index}`, name]));
    let start: Item | undefined;
    do {
      const command: QueryCommand = new QueryCommand({
        TableName: this.name,
        KeyConditionExpression: prefix === "" ? "pk = :pk" : "pk = :pk and begins_with(sk, :sk)",
        ExpressionAttributeValues: {
          ":pk": { S: this.#pk },
          ...(prefix !== "" && { ":sk": { S: prefix } }),
        },
        ConsistentRead: true,
        ExclusiveStartKey: start,
        ...(attributes.length > 0 && {
          ProjectionExpression: Object.keys(names).join(", "),
          ExpressionAttributeNames: names,
        }),
      });
      const page: QueryCommandOutput = await sendRequest(this.at, this.name, "Query", command);
      yield* page.Items ?? [];
      start = page.LastEvaluatedKey;
    } while (start !== undefined);
  }

  /** Deletes rows. */
  async deleteRows(rows: readonly Item[]): Promise<void> {
    await writeItems(
      { ...this.at, table: this.name },
      rows.map(({ sk }) => ({ delete: this.key(sk?.S ?? "") })),
    );
  }
}

export const numberAttribute = (value: number): { N: string } => ({ N: String(value) });
export const numberOf = (value: { N?: string | undefined } | undefined): number =>
  Number(value?.N ?? 0);
export const tableAttributes = ({ source, target }: TableIds): Item => ({
  sourceTable: { S: source },
  targetTable: { S: target },
});
export const tablesOf = ({ sourceTable, targetTable }: Item): TableIds => ({
  source: sourceTable?.S ?? "",
  target: targetTable?.S ?? "",
});
/** A number in a sort key: four digits. */
export const padded = (index: number): string => String(index).padStart(4, "0");

/** Whether a conditional write was made; false if its condition did not hold. */
async function conditionHeld(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (causeName(error) !== "ConditionalCheckFailedException") throw error;
    return false;
  }
}

/** The name of the error of DynamoDB that a request failed with; undefined for another failure. */
export function causeName(error: unknown): string | undefined {
  return isSwapError(error) ? (error.cause as Error | undefined)?.name : undefined;
}
