import { setTimeout as sleep } from "node:timers/promises";
import {
  BatchWriteItemCommand,
  DeleteItemCommand,
  DynamoDBClient,
  PutItemCommand,
  paginateScan,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";

const SOURCE = "orders_v1";
const TARGET = "orders_v2";
const BATCH = 25;

/** A service's orders, and what has been acknowledged of them. */
export class Orders {
  /** Cents of each order that exists. */
  #acknowledged = new Map();
  #stopped = false;
  counts = { put: 0, updated: 0, deleted: 0 };

  constructor(endpoint) {
    this.client = new DynamoDBClient({
      endpoint,
      region: "eu-west-1",
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
    });
  }

  get size() {
    return this.#acknowledged.size;
  }

  async load(count) {
    for (let first = 0; first < count; first += BATCH) {
      const ids = Array.from({ length: Math.min(BATCH, count - first) }, (_, at) =>
        idOf(first + at),
      );
      const puts = ids.map((id) => ({ PutRequest: { Item: orderOf(id, 100) } }));
      await this.client.send(new BatchWriteItemCommand({ RequestItems: { [SOURCE]: puts } }));
      for (const id of ids) this.#acknowledged.set(id, 100);
    }
  }

  /** Writes at a steady rate until it is stopped: of ten writes six updates, two puts and two deletions. */
  async write(perSecond) {
    const loaded = this.size;
    const begun = performance.now();
    for (let n = 0; !this.#stopped; n++) {
      const kind = n % 5;
      if (kind === 0) await this.#put(idOf(loaded + n), 100 + n);
      else if (kind === 1) await this.#delete(idOf((n * 7) % loaded));
      else await this.#update(idOf((n * 7) % loaded), 100 + n);
      await sleep(Math.max(0, begun + ((n + 1) * 1_000) / perSecond - performance.now()));
    }
  }

  /** Stops the writes, and throws what has ended them before. */
  async stop(writing) {
    this.#stopped = true;
    await writing;
  }

  /** Orders of the target that are not as acknowledged. */
  async behind() {
    const found = new Map();
    const pages = paginateScan(
      { client: this.client },
      { TableName: TARGET, ConsistentRead: true },
    );
    for await (const { Items = [] } of pages)
      for (const { orderId, totalCents } of Items) found.set(orderId.S, Number(totalCents.N));
    const all = new Set([...found.keys(), ...this.#acknowledged.keys()]);
    return [...all].filter((id) => found.get(id) !== this.#acknowledged.get(id)).length;
  }

  close() {
    this.client.destroy();
  }

  async #put(id, cents) {
    await this.client.send(new PutItemCommand({ TableName: SOURCE, Item: orderOf(id, cents) }));
    this.#acknowledged.set(id, cents);
    this.counts.put++;
  }

  async #update(id, cents) {
    await this.client.send(
      new UpdateItemCommand({
        TableName: SOURCE,
        Key: { orderId: { S: id } },
        UpdateExpression: "SET #total = :total",
        ExpressionAttributeNames: { "#total": "total" },
        ExpressionAttributeValues: { ":total": orderOf(id, cents).total },
      }),
    );
    this.#acknowledged.set(id, cents);
    this.counts.updated++;
  }

  async #delete(id) {
    await this.client.send(
      new DeleteItemCommand({ TableName: SOURCE, Key: { orderId: { S: id } } }),
    );
    this.#acknowledged.delete(id);
    this.counts.deleted++;
  }
}

const idOf = (number) => `2026-${String(number).padStart(6, "0")}`;
const orderOf = (id, cents) => ({ orderId: { S: id }, total: { S: (cents / 100).toFixed(2) } });
