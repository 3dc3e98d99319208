import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  GetItemCommand,
  ListTagsOfResourceCommand,
  PutItemCommand,
  paginateScan,
  QueryCommand,
  RestoreTableToPointInTimeCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateContinuousBackupsCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
  waitUntilTableNotExists,
} from "@aws-sdk/client-dynamodb";
import type { LocalDynamoDB } from "../../../tools/local-aws/dynamodb-emulator";
import { active, clientOf, newTable } from "./clients";
import { EMBEDDED, EMULATED, type Engine } from "./engines";

/** What the emulator promises, whichever DynamoDB is behind it. */
describe.each<Engine>([EMBEDDED, EMULATED])("$name", (engine) => {
  const promised = engine.available ? test : test.skip;
  let dynamodb: LocalDynamoDB | undefined;
  let client: DynamoDBClient;

  beforeAll(async () => {
    if (!engine.available) return;
    dynamodb = await engine.start();
    client = clientOf(dynamodb.endpoint);
  });

  afterAll(async () => {
    client?.destroy();
    await dynamodb?.stop();
  });

  const describeTable = async (TableName: string) =>
    (await client.send(new DescribeTableCommand({ TableName }))).Table;

  promised("passes items through", async () => {
    const { TableName } = await newTable(client);
    const item = {
      pk: { S: "a" },
      n: { N: "9007199254740993" },
      b: { B: new Uint8Array([0, 255]) },
    };
    await client.send(new PutItemCommand({ TableName, Item: item }));
    const got = await client.send(
      new GetItemCommand({ TableName, Key: { pk: { S: "a" } }, ConsistentRead: true }),
    );
    expect(got.Item).toEqual(item);
    await expect(
      client.send(
        new PutItemCommand({
          TableName,
          Item: item,
          ConditionExpression: "attribute_not_exists(pk)",
        }),
      ),
    ).rejects.toMatchObject({ name: "ConditionalCheckFailedException" });
  });

  promised("keeps the time-to-live setting", async () => {
    const { TableName } = await newTable(client);
    const status = async () =>
      (await client.send(new DescribeTimeToLiveCommand({ TableName }))).TimeToLiveDescription;
    const set = (AttributeName: string, Enabled: boolean) =>
      client.send(
        new UpdateTimeToLiveCommand({
          TableName,
          TimeToLiveSpecification: { AttributeName, Enabled },
        }),
      );
    expect(await status()).toEqual({ TimeToLiveStatus: "DISABLED" });
    await set("expires", true);
    expect(await status()).toEqual({ TimeToLiveStatus: "ENABLED", AttributeName: "expires" });
    await expect(set("expires", true)).rejects.toMatchObject({
      name: "ValidationException",
      message: "TimeToLive is already enabled",
    });
    await expect(set("other", true)).rejects.toThrow("active on a different AttributeName");
    await set("expires", false);
    expect(await status()).toEqual({ TimeToLiveStatus: "DISABLED" });
  });

  promised("keeps the point-in-time recovery setting", async () => {
    const { TableName } = await newTable(client);
    const set = (enabled: boolean, days?: number) =>
      client.send(
        new UpdateContinuousBackupsCommand({
          TableName,
          PointInTimeRecoverySpecification: {
            PointInTimeRecoveryEnabled: enabled,
            ...(days !== undefined && { RecoveryPeriodInDays: days }),
          },
        }),
      );
    const described = async () =>
      (await client.send(new DescribeContinuousBackupsCommand({ TableName })))
        .ContinuousBackupsDescription?.PointInTimeRecoveryDescription;
    expect(await described()).toEqual({ PointInTimeRecoveryStatus: "DISABLED" });
    await set(true);
    expect(await described()).toMatchObject({
      PointInTimeRecoveryStatus: "ENABLED",
      RecoveryPeriodInDays: 35,
      EarliestRestorableDateTime: expect.any(Date),
      LatestRestorableDateTime: expect.any(Date),
    });
    await set(true, 7);
    expect(await described()).toMatchObject({ RecoveryPeriodInDays: 7 });
    await expect(set(true, 36)).rejects.toThrow("RecoveryPeriodInDays is 36");
    await set(false);
    expect(await described()).toEqual({ PointInTimeRecoveryStatus: "DISABLED" });
  });

  promised("refuses to delete a protected table, in AWS's words", async () => {
    const { TableName } = await newTable(client, { DeletionProtectionEnabled: true });
    expect(await describeTable(TableName)).toMatchObject({ DeletionProtectionEnabled: true });
    await expect(client.send(new DeleteTableCommand({ TableName }))).rejects.toMatchObject({
      name: "ValidationException",
      message:
        "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.",
    });
    const lifted = { TableName, DeletionProtectionEnabled: false };
    await client.send(new UpdateTableCommand(lifted));
    expect(await describeTable(TableName)).toMatchObject({ DeletionProtectionEnabled: false });
    await client.send(new DeleteTableCommand({ TableName }));
  });

  promised("keeps tags, those of the creation included", async () => {
    const { TableArn } = await newTable(client, {
      Tags: [
        { Key: "a", Value: "1" },
        { Key: "b", Value: "2" },
      ],
    });
    const tags = async () => {
      const list = await client.send(new ListTagsOfResourceCommand({ ResourceArn: TableArn }));
      return Object.fromEntries((list.Tags ?? []).map(({ Key, Value }) => [Key, Value]));
    };
    expect(await tags()).toEqual({ a: "1", b: "2" });
    const Tags = [{ Key: "b", Value: "3" }];
    await client.send(new TagResourceCommand({ ResourceArn: TableArn, Tags }));
    await client.send(new UntagResourceCommand({ ResourceArn: TableArn, TagKeys: ["a"] }));
    expect(await tags()).toEqual({ b: "3" });
    const ResourceArn = `${TableArn}-not`;
    await expect(client.send(new ListTagsOfResourceCommand({ ResourceArn }))).rejects.toMatchObject(
      {
        name: "ResourceNotFoundException",
      },
    );
  });

  promised("loses none of several changes at a time", async () => {
    const { TableName, TableArn: ResourceArn } = await newTable(client);
    const keys = Array.from({ length: 5 }, (_, n) => `k${n}`);
    await Promise.all([
      client.send(
        new UpdateTableCommand({
          TableName,
          BillingMode: "PROVISIONED",
          ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 },
        }),
      ),
      ...keys.map((Key) =>
        client.send(new TagResourceCommand({ ResourceArn, Tags: [{ Key, Value: "v" }] })),
      ),
    ]);
    const { Tags } = await client.send(new ListTagsOfResourceCommand({ ResourceArn }));
    expect(Tags?.map(({ Key }) => Key).sort()).toEqual(keys);
  });

  promised("describes a stream, and a new one when it is turned on again", async () => {
    const on = {
      StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_IMAGE" },
    } as const;
    const off = { StreamSpecification: { StreamEnabled: false } } as const;
    const { TableName, TableArn, ...made } = await newTable(client, on);
    expect(made).toMatchObject(on);
    expect(made.LatestStreamArn).toBe(`${TableArn}/stream/${made.LatestStreamLabel}`);
    await expect(client.send(new UpdateTableCommand({ TableName, ...on }))).rejects.toThrow(
      "Table already has an enabled stream",
    );
    await client.send(new UpdateTableCommand({ TableName, ...off }));
    const without = await describeTable(TableName);
    expect(without?.StreamSpecification).toBeUndefined();
    expect(without?.LatestStreamArn).toBe(made.LatestStreamArn);
    await client.send(new UpdateTableCommand({ TableName, ...on }));
    const again = await describeTable(TableName);
    expect(again).toMatchObject(on);
    expect(again?.LatestStreamArn).not.toBe(made.LatestStreamArn);
  });

  promised("keeps the table class", async () => {
    const TableClass = "STANDARD_INFREQUENT_ACCESS" as const;
    const { TableName, TableClassSummary } = await newTable(client, { TableClass });
    expect(TableClassSummary).toMatchObject({ TableClass });
    await client.send(new UpdateTableCommand({ TableName, TableClass: "STANDARD" }));
    expect((await describeTable(TableName))?.TableClassSummary).toMatchObject({
      TableClass: "STANDARD",
    });
  });

  promised("forgets what it knew of a table that was deleted", async () => {
    const { TableName, TableArn } = await newTable(client, { Tags: [{ Key: "a", Value: "1" }] });
    await client.send(
      new UpdateContinuousBackupsCommand({
        TableName,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      }),
    );
    await client.send(new DeleteTableCommand({ TableName }));
    await waitUntilTableNotExists(
      { client, maxWaitTime: 300, minDelay: 0.02, maxDelay: 0.1 } as never,
      { TableName },
    );
    await newTable(client, { TableName });
    const { Tags } = await client.send(new ListTagsOfResourceCommand({ ResourceArn: TableArn }));
    expect(Tags).toEqual([]);
    const { ContinuousBackupsDescription: backups } = await client.send(
      new DescribeContinuousBackupsCommand({ TableName }),
    );
    expect(backups?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus).toBe("DISABLED");
  });

  promised("builds an index of a live table from the items there are, and drops it", async () => {
    const { TableName } = await newTable(client);
    const put = (pk: string) =>
      client.send(new PutItemCommand({ TableName, Item: { pk: { S: pk }, g: { S: "x" } } }));
    await put("before");
    await client.send(
      new UpdateTableCommand({
        TableName,
        AttributeDefinitions: [
          { AttributeName: "pk", AttributeType: "S" },
          { AttributeName: "g", AttributeType: "S" },
        ],
        GlobalSecondaryIndexUpdates: [
          {
            Create: {
              IndexName: "byG",
              KeySchema: [{ AttributeName: "g", KeyType: "HASH" }],
              Projection: { ProjectionType: "KEYS_ONLY" },
            },
          },
        ],
      }),
    );
    await indexes(TableName, (statuses) => statuses.every((status) => status === "ACTIVE"));
    await put("after");
    const { Items } = await client.send(
      new QueryCommand({
        TableName,
        IndexName: "byG",
        KeyConditionExpression: "g = :g",
        ExpressionAttributeValues: { ":g": { S: "x" } },
      }),
    );
    expect(Items?.map((item) => item.pk?.S).sort()).toEqual(["after", "before"]);
    const Delete = { IndexName: "byG" };
    await client.send(
      new UpdateTableCommand({ TableName, GlobalSecondaryIndexUpdates: [{ Delete }] }),
    );
    await indexes(TableName, (statuses) => statuses.length === 0);
    expect((await describeTable(TableName))?.AttributeDefinitions).toHaveLength(1);
  });

  async function indexes(name: string, reached: (statuses: (string | undefined)[]) => boolean) {
    for (;;) {
      const list = (await describeTable(name))?.GlobalSecondaryIndexes ?? [];
      if (reached(list.map((index) => index.IndexStatus))) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  describe("a restore", () => {
    const restore = (SourceTableName: string, TargetTableName: string, more: object = {}) =>
      client.send(
        new RestoreTableToPointInTimeCommand({
          SourceTableName,
          TargetTableName,
          UseLatestRestorableTime: true,
          ...more,
        }),
      );

    promised("is a separate table with the same keys and items, without the settings", async () => {
      const { TableName, TableArn } = await newTable(client, {
        DeletionProtectionEnabled: true,
        Tags: [{ Key: "a", Value: "1" }],
      });
      const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: true };
      await client.send(
        new UpdateContinuousBackupsCommand({ TableName, PointInTimeRecoverySpecification }),
      );
      // More than a page of a scan, which is 1 MB, and than a batch of writes, which is 25 items.
      const count = 60;
      const pad = { S: "x".repeat(30_000) };
      for (let n = 0; n < count; n += 1) {
        await client.send(new PutItemCommand({ TableName, Item: { pk: { S: `k${n}` }, pad } }));
      }
      const target = `${TableName}-copy`;
      const { TableDescription } = await restore(TableName, target);
      expect(TableDescription).toMatchObject({
        TableStatus: "CREATING",
        RestoreSummary: { SourceTableArn: TableArn, RestoreInProgress: true },
      });
      await active(client, target);
      const copied = new Set<string | undefined>();
      for await (const page of paginateScan({ client }, { TableName: target })) {
        for (const item of page.Items ?? []) copied.add(item.pk?.S);
      }
      expect(copied.size).toBe(count);
      const copy = await describeTable(target);
      expect(copy).toMatchObject({
        DeletionProtectionEnabled: false,
        RestoreSummary: { RestoreInProgress: false },
      });
      const ResourceArn = copy?.TableArn;
      const { Tags } = await client.send(new ListTagsOfResourceCommand({ ResourceArn }));
      expect(Tags).toEqual([]);
      await expect(restore(TableName, target)).rejects.toMatchObject({
        name: "TableAlreadyExistsException",
      });
      await expect(
        restore(TableName, `${target}2`, {
          UseLatestRestorableTime: undefined,
          RestoreDateTime: new Date(0),
        }),
      ).rejects.toThrow("keeps no history of items");
    });

    promised("needs point-in-time recovery on its source", async () => {
      const { TableName } = await newTable(client);
      await expect(restore(TableName, "any-copy")).rejects.toMatchObject({
        name: "PointInTimeRecoveryUnavailableException",
      });
      await expect(restore("no-such-table", "any-copy")).rejects.toMatchObject({
        name: "TableNotFoundException",
      });
    });
  });

  promised("refuses a setting it cannot honour instead of dropping it", async () => {
    const tables = { KMS: { SSESpecification: { Enabled: true, KMSMasterKeyId: "k" } } };
    await expect(newTable(client, tables.KMS)).rejects.toMatchObject({
      name: "ValidationException",
      message: expect.stringContaining("nothing is encrypted here"),
    });
    await expect(
      newTable(client, { WarmThroughput: { ReadUnitsPerSecond: 12000 } }),
    ).rejects.toThrow("cannot honour WarmThroughput in CreateTable");
    const { TableName } = await newTable(client);
    const ReplicaUpdates = [{ Create: { RegionName: "eu-west-1" } }];
    await expect(
      client.send(new UpdateTableCommand({ TableName, ReplicaUpdates })),
    ).rejects.toThrow("cannot honour ReplicaUpdates in UpdateTable");
  });

  promised("answers as DynamoDB does where there is no table", async () => {
    const TableName = "no-such-table";
    const missing = { name: "ResourceNotFoundException" };
    for (const command of [
      new DescribeTableCommand({ TableName }),
      new DeleteTableCommand({ TableName }),
      new UpdateTableCommand({ TableName, DeletionProtectionEnabled: true }),
      new DescribeTimeToLiveCommand({ TableName }),
      new DescribeContinuousBackupsCommand({ TableName }),
    ]) {
      await expect(client.send(command as never)).rejects.toMatchObject(missing);
    }
    const { TableName: taken } = await newTable(client);
    await expect(newTable(client, { TableName: taken })).rejects.toMatchObject({
      name: "ResourceInUseException",
    });
    await expect(
      client.send(
        new CreateTableCommand({ TableName: "x1y", BillingMode: "PAY_PER_REQUEST" } as never),
      ),
    ).rejects.toMatchObject({ name: "ValidationException" });
  });
});
