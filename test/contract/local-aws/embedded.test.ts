import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  ExecuteStatementCommand,
  GetItemCommand,
  ListTagsOfResourceCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import { startDynamoDBEmulator } from "../../../tools/local-aws/dynamodb-emulator";
import {
  type EmbeddedOptions,
  type LocalDynamoDB,
  startEmbeddedDynamoDB,
} from "../../../tools/local-aws/embedded-dynamodb";
import { clientOf, newTable } from "./clients";

const running: LocalDynamoDB[] = [];

async function started(options?: EmbeddedOptions): Promise<LocalDynamoDB> {
  const dynamodb = await startEmbeddedDynamoDB(options);
  running.push(dynamodb);
  return dynamodb;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((dynamodb) => dynamodb.stop()));
});

test("a new table stays CREATING for the time that is asked, and until then has no items", async () => {
  const createTableMs = 3_600_000;
  // dynalite's timer would keep this process for as long.
  const { setTimeout } = globalThis;
  const spy = jest.spyOn(globalThis, "setTimeout").mockImplementation(((
    ...args: Parameters<typeof setTimeout>
  ) => {
    const timer = setTimeout(...args);
    return args[1] === createTableMs ? timer.unref() : timer;
  }) as typeof setTimeout);
  const { endpoint } = await started({ createTableMs });
  const client = clientOf(endpoint);
  const TableName = "slow";
  await client.send(
    new CreateTableCommand({
      TableName,
      AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
      BillingMode: "PAY_PER_REQUEST",
    }),
  );
  const { Table } = await client.send(new DescribeTableCommand({ TableName }));
  expect(Table?.TableStatus).toBe("CREATING");
  const put = new PutItemCommand({ TableName, Item: { pk: { S: "a" } } });
  await expect(client.send(put)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  spy.mockRestore();
});

test("operations it lacks are unknown by name", async () => {
  const { endpoint } = await started();
  const client = clientOf(endpoint);
  const unknown = (operation: string) => ({
    name: "UnknownOperationException",
    message: `the embedded DynamoDB does not serve ${operation}: use DynamoDB Local or AWS`,
  });
  await expect(
    client.send(new TransactWriteItemsCommand({ TransactItems: [] })),
  ).rejects.toMatchObject(unknown("TransactWriteItems"));
  await expect(
    client.send(new ExecuteStatementCommand({ Statement: "SELECT * FROM t" })),
  ).rejects.toMatchObject(unknown("ExecuteStatement"));
});

test("streams have no records, said as such", async () => {
  const { endpoint } = await started();
  const answer = await fetch(endpoint, {
    method: "POST",
    headers: { "x-amz-target": "DynamoDBStreams_20120810.GetRecords" },
    body: "{}",
  });
  expect(answer.status).toBe(400);
  expect(await answer.json()).toEqual({
    __type: "com.amazon.coral.service#UnknownOperationException",
    message: "the embedded DynamoDB describes streams but keeps no stream records: use AWS",
  });
});

test("an ARN names the Region its table was made in", async () => {
  const { endpoint } = await started();
  const { TableArn } = await newTable(clientOf(endpoint, "eu-west-1"), { TableName: "here" });
  expect(TableArn).toBe("arn:aws:dynamodb:eu-west-1:000000000000:table/here");
});

test("with a folder, tables, items and settings outlast the process", async () => {
  const path = mkdtempSync(join(tmpdir(), "swap-local-"));
  try {
    const first = await startEmbeddedDynamoDB({ path });
    const client = clientOf(first.endpoint);
    const Tags = [{ Key: "a", Value: "1" }];
    const { TableName, TableArn } = await newTable(client, { Tags });
    await client.send(new PutItemCommand({ TableName, Item: { pk: { S: "k" } } }));
    client.destroy();
    await first.stop();

    const second = await startEmbeddedDynamoDB({ path });
    const again = clientOf(second.endpoint);
    const got = await again.send(new GetItemCommand({ TableName, Key: { pk: { S: "k" } } }));
    expect(got.Item).toEqual({ pk: { S: "k" } });
    const list = await again.send(new ListTagsOfResourceCommand({ ResourceArn: TableArn }));
    expect(list.Tags).toEqual(Tags);
    await again.send(new DeleteTableCommand({ TableName }));
    again.destroy();
    await second.stop();
    expect(readFileSync(join(path, "notes.json"), "utf8")).toBe("[]");
  } finally {
    rmSync(path, { recursive: true });
  }
});

test("a client that goes away in the middle of a request does no harm", async () => {
  const { endpoint, port } = await started();
  await new Promise<void>((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      const head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n";
      socket.write(`${head}X-Amz-Target: DynamoDB_20120810.ListTables\r\n\r\n{`, () => {
        socket.destroy();
        resolve();
      });
    });
  });
  const { TableName } = await newTable(clientOf(endpoint));
  expect(TableName).toBeTruthy();
});

test("a port in use is reported in one line", async () => {
  const { port } = await started();
  await expect(startEmbeddedDynamoDB({ port })).rejects.toThrow(
    `port ${port} of 127.0.0.1 is taken: choose another, or 0 for any free one`,
  );
});

test("an emulator goes before a DynamoDB of this machine only, and says when that is down", async () => {
  await expect(startDynamoDBEmulator({ upstream: "http://example.com" })).rejects.toThrow(
    'upstream is "http://example.com": it must be a URL of this machine',
  );
  const emulator = await startDynamoDBEmulator({ upstream: "http://127.0.0.1:1" });
  running.push(emulator);
  await expect(newTable(clientOf(emulator.endpoint))).rejects.toMatchObject({
    message: expect.stringContaining(
      "the DynamoDB behind this emulator (http://127.0.0.1:1) does not answer",
    ),
  });
});
