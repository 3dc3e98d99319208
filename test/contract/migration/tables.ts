import { DeleteItemCommand, type DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import { canonicalItem, type Item, type KeySchema, keyOf } from "../../../src/items";
import {
  type Mapping,
  MigrationStore,
  type TargetControl,
  type Transform,
} from "../../../src/migration";
import { fill, newTable } from "../readiness/stores";

export const ID: KeySchema = [{ name: "pk", type: "S" }];
export const CUSTOMER: KeySchema = [
  { name: "customer", type: "S" },
  { name: "order", type: "N" },
];

/** Two tables and the record of a migration between them. */
export interface Pair {
  client: DynamoDBClient;
  source: string;
  target: string;
  mapping: Mapping;
  store: MigrationStore;
  control: TargetControl["control"];
}

let made = 0;

const typesOf = (schema: KeySchema) =>
  Object.fromEntries(schema.map(({ name, type }) => [name, type]));

export async function newPair(
  client: DynamoDBClient,
  {
    sourceSchema = ID,
    targetSchema = sourceSchema,
    transform,
  }: { sourceSchema?: KeySchema; targetSchema?: KeySchema; transform?: Transform } = {},
): Promise<Pair> {
  made += 1;
  const source = await newTable(client, typesOf(sourceSchema));
  const target = await newTable(client, typesOf(targetSchema));
  const alias = `orders-${process.pid}-${made}`;
  const store = new MigrationStore({ client }, alias, 2);
  await store.createTable();
  const context = { alias, from: 1, to: 2 };
  const row = { pk: { S: alias }, ver: { N: "1" }, at: { N: "1" } };
  const controlTable = await newTable(client, { pk: "S" }, [row]);
  return {
    client,
    source,
    target,
    store,
    control: { client, controlTable },
    mapping: { transform, context, sourceSchema, targetSchema, target },
  };
}

/** Options of a copy of a new pair, whose source has `items`; of a verification and a repair as well. */
export async function begin(
  client: DynamoDBClient,
  items: readonly Item[],
  options: Parameters<typeof newPair>[1] & { segments?: number } = {},
) {
  const pair = await newPair(client, options);
  await fill(client, pair.source, items);
  const { segments = 1 } = options;
  const start = await pair.store.start({
    from: 1,
    transform: "t",
    segments,
    startedAt: 1,
    tables: { source: "1", target: "2" },
  });
  return { ...pair, start, concurrency: segments };
}

/** All items of a table. */
export async function itemsOf(client: DynamoDBClient, table: string): Promise<Item[]> {
  const items: Item[] = [];
  let start: Item | undefined;
  do {
    const page = await client.send(
      new ScanCommand({ TableName: table, ExclusiveStartKey: start, ConsistentRead: true }),
    );
    items.push(...(page.Items ?? []));
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
  return items;
}

/** Items as text, in an order that does not depend on the table. */
export const texts = (items: readonly Item[]): string[] => items.map(canonicalItem).sort();

/** Empties the tables, so that runs of a property share them. */
export async function clear({ client, source, target, mapping, store }: Pair): Promise<void> {
  for (const [table, schema] of [
    [source, mapping.sourceSchema],
    [target, mapping.targetSchema],
  ] as const)
    for (const item of await itemsOf(client, table))
      await client.send(
        new DeleteItemCommand({ TableName: table, Key: keyOf(item, schema) as Item }),
      );
  await store.reset();
}
