import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import { canonicalItem, type Item, type KeySchema, keyIdentity, keyOf } from "../../../src/items";
import type { StreamRecord } from "../../../src/migration/lambda/events";
import { streamed } from "./functions";

type Sent = (command: unknown) => Promise<unknown>;

/** The streams of some tables: each change that goes through the client is a record, as DynamoDB makes them. */
export class Streams {
  readonly #records = new Map<string, StreamRecord[]>();
  readonly #send: Sent;
  #sequence = 0;
  /** Called before each request of the client. */
  before: (command: unknown) => Promise<void> | void = () => {};

  constructor(
    readonly client: DynamoDBClient,
    private readonly schemas: Record<string, KeySchema>,
  ) {
    for (const table of Object.keys(schemas)) this.#records.set(table, []);
    this.#send = client.send.bind(client) as Sent;
    const changed = client as unknown as { send: Sent };
    changed.send = async (command) => {
      await this.before(command);
      if (!(command instanceof BatchWriteItemCommand)) return this.#send(command);
      const [[table, requests] = ["", []]] = Object.entries(command.input.RequestItems ?? {});
      if (this.schemas[table] === undefined) return this.#send(command);
      const images = requests.map(({ PutRequest, DeleteRequest }) => ({
        key: (PutRequest?.Item ?? DeleteRequest?.Key) as Item,
        image: PutRequest?.Item,
      }));
      return this.#record(table, images, () => this.#send(command));
    };
  }

  /** A writer's change: it puts an item, or deletes a key. */
  async write(table: string, change: { put: Item } | { delete: Item }): Promise<void> {
    const [key, image] = "put" in change ? [change.put, change.put] : [change.delete, undefined];
    const Key = keyOf(key, this.schemas[table] as KeySchema) as Item;
    await this.#record(table, [{ key, image }], () =>
      this.#send(
        image
          ? new PutItemCommand({ TableName: table, Item: image })
          : new DeleteItemCommand({ TableName: table, Key }),
      ),
    );
  }

  /** The records of a table's stream, with its ARN. */
  of(table: string): StreamRecord[] {
    return streamed(table, this.#records.get(table) ?? []);
  }

  async #record(
    table: string,
    changes: { key: Item; image: Item | undefined }[],
    write: () => Promise<unknown>,
  ): Promise<unknown> {
    const schema = this.schemas[table] as KeySchema;
    const Keys = changes.map(({ key }) => keyOf(key, schema) as Item);
    const read = new BatchGetItemCommand({
      RequestItems: { [table]: { Keys, ConsistentRead: true } },
    });
    const { Responses } = (await this.#send(read)) as { Responses: Record<string, Item[]> };
    const before = new Map(
      (Responses[table] ?? []).map((item) => [keyIdentity(item, schema), item]),
    );
    const answer = await write();
    for (const { key, image } of changes) {
      const old = before.get(keyIdentity(key, schema));
      if (old === undefined && image === undefined) continue;
      if (old && image && canonicalItem(old) === canonicalItem(image)) continue;
      this.#sequence += 1;
      this.#records.get(table)?.push({
        dynamodb: {
          SequenceNumber: String(this.#sequence),
          ...(old && { OldImage: old as never }),
          ...(image && { NewImage: image as never }),
        },
      } as StreamRecord);
    }
    return answer;
  }
}
