import type {
  BatchGetItemCommandInput,
  BatchWriteItemCommandInput,
  DynamoDBClient,
  GetItemCommandInput,
  ScanCommandInput,
} from "@aws-sdk/client-dynamodb";
import { type Item, type KeySchema, keyIdentity } from "../../../src/items";
import type { Mapping, TargetControl, Transform } from "../../../src/migration";
import { bucketOf } from "../../../src/migration/fingerprint";

/** A request as a test sees it: its API name and input. */
export interface Request {
  name: "Scan" | "GetItem" | "BatchGetItem" | "BatchWriteItem";
  input: ScanCommandInput &
    GetItemCommandInput &
    BatchGetItemCommandInput &
    BatchWriteItemCommandInput;
}

/** How version 1 in table `old` becomes version 2 in table `new`, with the same key. */
export const oldToNew = (schema: KeySchema, transform: Transform | undefined): Mapping => ({
  transform,
  context: { alias: "orders", from: 1, to: 2 },
  sourceSchema: schema,
  targetSchema: schema,
  target: "new",
});

/**
 * Tables in memory behind a client that knows the reads and writes of a migration. It returns copies, as a
 * network does.
 */
export class TablesInMemory {
  readonly #tables = new Map<string, { schema: KeySchema; items: Map<string, Item> }>();
  /** Requests in the order in which they came. */
  readonly requests: Request[] = [];
  /** Called before a request is answered; what it returns is the answer. */
  answer: (request: Request) => unknown = () => undefined;
  /** Items of a page of a scan. */
  pageSize = 2;

  readonly client = {
    config: { region: async () => "us-east-1" },
    middlewareStack: { add() {} },
    send: async (command: { constructor: { name: string }; input: Request["input"] }) => {
      const name = command.constructor.name.replace(/Command$/, "") as Request["name"];
      const request = { name, input: command.input };
      this.requests.push(request);
      return (await this.answer(request)) ?? this[name](command.input);
    },
  } as unknown as DynamoDBClient;

  /** Makes a version of the alias "orders" active. */
  activate(version: number): TargetControl {
    const row = { pk: { S: "orders" }, ver: { N: String(version) }, at: { N: "1" } };
    this.create("control", [{ name: "pk", type: "S" }], [row]);
    return { control: { client: this.client, controlTable: "control" } };
  }

  create(table: string, schema: KeySchema, items: readonly Item[] = []): void {
    this.#tables.set(table, { schema, items: new Map() });
    for (const item of items) this.put(table, item);
  }

  put(table: string, item: Item): void {
    this.#of(table).items.set(this.#id(table, item), structuredClone(item));
  }

  delete(table: string, key: Item): void {
    this.#of(table).items.delete(this.#id(table, key));
  }

  items(table: string): Item[] {
    return structuredClone([...this.#of(table).items.values()]);
  }

  Scan(input: Request["input"]) {
    const { TableName = "", Segment = 0, TotalSegments = 1, ExclusiveStartKey } = input;
    const ids = [...this.#of(TableName).items.keys()]
      .filter((id) => bucketOf(id) % TotalSegments === Segment)
      .sort();
    const after = ExclusiveStartKey && this.#id(TableName, ExclusiveStartKey);
    const left = after === undefined ? ids : ids.filter((id) => id > after);
    const page = left
      .slice(0, Math.min(input.Limit ?? this.pageSize, this.pageSize))
      .map((id) => this.#of(TableName).items.get(id));
    // A full page names its last item, also if none follows.
    const isFull = left.length > page.length || page.length === input.Limit;
    const last = isFull ? page.at(-1) : undefined;
    const { schema } = this.#of(TableName);
    return structuredClone({
      Items: page,
      Count: page.length,
      ...(last && {
        LastEvaluatedKey: Object.fromEntries(schema.map(({ name }) => [name, last[name]])),
      }),
    });
  }

  GetItem({ TableName = "", Key = {} }: Request["input"]) {
    return structuredClone({ Item: this.#of(TableName).items.get(this.#id(TableName, Key)) });
  }

  BatchGetItem({ RequestItems = {} }: Request["input"]) {
    const [table, wanted] = Object.entries(RequestItems)[0] as [string, { Keys: Item[] }];
    const found = wanted.Keys.map((key) => this.#of(table).items.get(this.#id(table, key)));
    return structuredClone({ Responses: { [table]: found.filter((item) => item) } });
  }

  BatchWriteItem({ RequestItems = {} }: Request["input"]) {
    for (const [table, writes] of Object.entries(RequestItems))
      for (const { PutRequest, DeleteRequest } of writes)
        if (PutRequest?.Item) this.put(table, PutRequest.Item);
        else this.delete(table, DeleteRequest?.Key as Item);
    return {};
  }

  #of(table: string) {
    const found = this.#tables.get(table);
    if (!found) throw new Error(`no table ${table}`);
    return found;
  }

  #id(table: string, item: Item): string {
    return keyIdentity(item, this.#of(table).schema);
  }
}
