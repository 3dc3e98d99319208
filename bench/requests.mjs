// How many requests DynamoDB sees of each operation, compared with the script that people write instead:
// read the row, compare, write it back.
import { createServer, request } from "node:http";
import { DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { createControlTable, resolveTable, setActive } from "pulumi-swap/pointer";
import { createResolver } from "pulumi-swap/reader";
import { startDatabase } from "./database.mjs";
import { counted } from "./ratio.mjs";

const TABLE = "bench_swap";
const REQUESTS = 1_000;

export async function measureRequests() {
  const database = await startDatabase();
  const proxy = await countingProxy(database.endpoint);
  const client = new DynamoDBClient({
    region: "eu-west-1",
    endpoint: proxy.endpoint,
    credentials: { accessKeyId: "bench", secretAccessKey: "bench" },
  });
  const ref = { client, controlTable: TABLE };
  const naive = naiveScript(client);
  try {
    await createControlTable(ref);
    const asked = async (work) => {
      const before = proxy.asked();
      await work();
      return proxy.asked() - before;
    };
    const ours = {
      set: await asked(() => setActive(ref, "orders", 2)),
      conflict: await asked(() => refused(setActive(ref, "orders", 1))),
      resolve: await asked(() => resolveTable(ref, "orders")),
      many: await asked(() => resolveMany(client)),
    };
    const theirs = {
      set: await asked(() => naive.set("naive", 2)),
      conflict: await asked(() => refused(naive.set("naive", 1))),
      resolve: await asked(() => naive.get("naive")),
    };
    return {
      title: "requests",
      figures: [
        counted("a set / one request", ours.set, 1, 1),
        counted("a set / naive script (GetItem, PutItem)", ours.set, theirs.set),
        counted("a refused set / one request", ours.conflict, 1, 1),
        counted("a refused set / naive script", ours.conflict, theirs.conflict),
        counted("a resolve / one request", ours.resolve, 1, 1),
        counted("a resolve / naive script", ours.resolve, theirs.resolve),
        counted(
          `${REQUESTS.toLocaleString("en")} resolves by a resolver / naive script`,
          ours.many,
          theirs.resolve * REQUESTS,
        ),
      ],
      notes: [`counted by a proxy before ${database.name}`],
    };
  } finally {
    client.destroy();
    await proxy.stop();
    await database.stop();
  }
}

async function resolveMany(client) {
  const resolver = createResolver({ alias: "orders", controlTable: TABLE, client });
  for (let each = 0; each < REQUESTS; each++) await resolver.resolve();
  resolver.stop();
}

function naiveScript(client) {
  const get = async (alias) => {
    const key = { TableName: TABLE, Key: { pk: { S: alias } }, ConsistentRead: true };
    const { Item } = await client.send(new GetItemCommand(key));
    return Number(Item?.ver?.N ?? 0);
  };
  const set = async (alias, version) => {
    if ((await get(alias)) >= version) throw new Error("version regressed");
    const Item = { pk: { S: alias }, ver: { N: String(version) }, at: { N: String(Date.now()) } };
    await client.send(new PutItemCommand({ TableName: TABLE, Item }));
  };
  return { get, set };
}

async function refused(promise) {
  const error = await promise.then(
    () => undefined,
    (thrown) => thrown,
  );
  if (!/version regressed/.test(error?.message)) throw error ?? new Error("was not refused");
}

async function countingProxy(upstream) {
  let count = 0;
  const server = createServer((incoming, outgoing) => {
    count += 1;
    const { method, headers, url } = incoming;
    const onward = request(new URL(url, upstream), { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on("error", () => outgoing.destroy());
    incoming.pipe(onward);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    endpoint: `http://127.0.0.1:${server.address().port}`,
    asked: () => count,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(resolve);
      }),
  };
}
