import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  createResolver,
  follow,
  pin,
  type ReaderEvent,
  type Resolver,
  type Snapshot,
  snapshotAt,
} from "pulumi-swap/reader";
import { typed } from "./expect-type";

const client = new DynamoDBClient({});

export async function uses(): Promise<void> {
  const orders = createResolver({
    alias: "orders",
    controlTable: "shop_swap",
    client,
    onChange: ({ previous, current }) => {
      typed<Snapshot>()(previous, true);
      typed<number>()(current.version, true);
    },
    onEvent: told,
  });
  typed<Resolver>()(orders, true);
  typed<Snapshot>()(await orders.resolve(), true);
  typed<Snapshot | undefined>()(orders.peek(), true);
  typed<DynamoDBClient>()(follow(client, orders), true);
  typed<DynamoDBClient>()(pin(client, snapshotAt("orders", 3)), true);
  typed<number>()(orders.status().counters.refreshes, true);
  // @ts-expect-error: a snapshot never changes
  (await orders.snapshot()).version = 4;
  // @ts-expect-error: no such option
  createResolver({ alias: "orders", controlTable: "shop_swap", client, refresh: 5 });
  // @ts-expect-error: the alias is required
  createResolver({ controlTable: "shop_swap", client });
}

function told(event: ReaderEvent): void {
  if (event.kind === "changed") typed<number>()(event.to, true);
  // @ts-expect-error: not before the kind is known
  event.to;
}
