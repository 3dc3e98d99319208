import {
  CreateTableCommand,
  DeleteTableCommand,
  type DynamoDBClient,
  PutItemCommand,
  waitUntilTableExists,
  waitUntilTableNotExists,
} from "@aws-sdk/client-dynamodb";
import { createControlTable, setActive } from "../../../src/pointer";
import { createResolver, type Resolver, type ResolverOptions } from "../../../src/reader";

let made = 0;

/** A request that reached the wire's door: its action and the tables it names. */
export interface Sent {
  action: string;
  input: object;
}

/**
 * An alias with a control table of its own and versions filled with `count` items, each of which
 * tells its version. Partition key `pk`; sort key `n` unless told otherwise.
 */
export class Shop {
  readonly alias: string;
  readonly controlTable: string;
  readonly #resolvers: Resolver[] = [];

  private constructor(
    readonly client: DynamoDBClient,
    private readonly sorted: boolean,
    private readonly first: string | undefined,
  ) {
    made += 1;
    this.alias = `shop-${process.pid}-${made}`;
    this.controlTable = `${this.alias}-swap`;
  }

  /** @param options.first the name of version 1's table, if it has one of its own */
  static async open(
    client: DynamoDBClient,
    { sorted = true, first }: { sorted?: boolean; first?: string } = {},
  ): Promise<Shop> {
    const shop = new Shop(client, sorted, first);
    await createControlTable({ client, controlTable: shop.controlTable });
    await waitUntilTableExists(
      { client, maxWaitTime: 300, minDelay: 1 },
      { TableName: shop.controlTable },
    );
    return shop;
  }

  get ref() {
    return { client: this.client, controlTable: this.controlTable };
  }

  table(version: number): string {
    return version === 1 && this.first ? this.first : `${this.alias}_v${version}`;
  }

  async addVersion(version: number, count = 0): Promise<void> {
    const TableName = this.table(version);
    await this.client.send(
      new CreateTableCommand({
        TableName,
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: [
          { AttributeName: "pk", AttributeType: "S" },
          ...(this.sorted ? [{ AttributeName: "n", AttributeType: "N" as const }] : []),
        ],
        KeySchema: [
          { AttributeName: "pk", KeyType: "HASH" },
          ...(this.sorted ? [{ AttributeName: "n", KeyType: "RANGE" as const }] : []),
        ],
      }),
    );
    await waitUntilTableExists(
      { client: this.client, maxWaitTime: 300, minDelay: 1 },
      { TableName },
    );
    for (let n = 0; n < count; n++)
      await this.client.send(
        new PutItemCommand({
          TableName,
          Item: {
            pk: { S: this.sorted ? "a" : `a${n}` },
            n: { N: String(n) },
            version: { N: String(version) },
          },
        }),
      );
  }

  async activate(version: number): Promise<void> {
    await setActive(this.ref, this.alias, version);
  }

  async drop(version: number): Promise<void> {
    const TableName = this.table(version);
    await this.client.send(new DeleteTableCommand({ TableName }));
    await waitUntilTableNotExists(
      { client: this.client, maxWaitTime: 300, minDelay: 1 },
      { TableName },
    );
  }

  /** Refreshes once an hour unless told otherwise, so that a test decides when. */
  resolver(options: Partial<ResolverOptions> = {}): Resolver {
    const resolver = createResolver({
      alias: this.alias,
      controlTable: this.controlTable,
      client: this.client,
      refreshMs: 3_600_000,
      ...options,
    });
    this.#resolvers.push(resolver);
    return resolver;
  }

  close(): void {
    for (const resolver of this.#resolvers) resolver.stop();
  }
}

/** Records what a client sends, as it is sent: after the alias's table was put in. */
export function watch(client: DynamoDBClient): Sent[] {
  const sent: Sent[] = [];
  client.middlewareStack.add(
    (next, context) => (args) => {
      sent.push({ action: String(context.commandName).replace("Command", ""), input: args.input });
      return next(args);
    },
    { step: "initialize", priority: "low" },
  );
  return sent;
}
