import {
  DeleteTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
} from "@aws-sdk/client-dynamodb";
import type { Props } from "../../../src/plugin/host/values";
import { LocalAws } from "../../../tools/local-aws/aws-provider/provider";
import type { LocalDynamoDB } from "../../../tools/local-aws/embedded-dynamodb";
import { clientOf } from "./clients";
import { EMBEDDED, EMULATED, type Engine } from "./engines";

const URN = "urn:pulumi:dev::shop::aws:dynamodb/table:Table::orders";

/** The life of a table as the engine leads it: check, diff, create, read, update, delete. */
describe.each<Engine>([EMBEDDED, EMULATED])("aws:dynamodb/table:Table on $name", (engine) => {
  const promised = engine.available ? test : test.skip;
  let dynamodb: LocalDynamoDB | undefined;
  let client: DynamoDBClient;
  let aws: LocalAws;

  beforeAll(async () => {
    if (!engine.available) return;
    dynamodb = await engine.start();
    client = clientOf(dynamodb.endpoint);
    aws = new LocalAws({ AWS_REGION: "us-east-1", AWS_ENDPOINT_URL_DYNAMODB: dynamodb.endpoint });
  });

  afterAll(async () => {
    client?.destroy();
    await dynamodb?.stop();
  });

  const base: Props = {
    attributes: [
      { name: "pk", type: "S" },
      { name: "g", type: "S" },
    ],
    hashKey: "pk",
    billingMode: "PAY_PER_REQUEST",
    globalSecondaryIndexes: [{ name: "byG", hashKey: "g", projectionType: "ALL" }],
    streamEnabled: true,
    streamViewType: "NEW_IMAGE",
    ttl: { attributeName: "expires", enabled: true },
    pointInTimeRecovery: { enabled: true },
    tags: { team: "a" },
  };

  async function checked(news: Props, olds: Props = {}): Promise<Props> {
    const { inputs, failures } = await aws.check(URN, olds, news);
    expect(failures).toEqual([]);
    return inputs as Props;
  }

  async function made(name: string, changes: Props = {}) {
    const inputs = await checked({ ...base, name, ...changes });
    const { id, outs } = await aws.create(URN, inputs);
    return { id, inputs, outs: outs as Props };
  }

  /** What the engine does on an update, and that it ends with nothing left to do. */
  async function updated(id: string, olds: Props, news: Props): Promise<Props> {
    expect(await aws.diff(id, URN, olds, news)).toMatchObject({ changes: true, replaces: [] });
    const outs = (await aws.update(id, URN, olds, news)).outs as Props;
    expect(await aws.diff(id, URN, outs, news)).toMatchObject({ changes: false });
    return outs;
  }

  promised("is made as asked, with nothing left to do, and read back the same", async () => {
    const { id, inputs, outs } = await made("life-1");
    expect(id).toBe("life-1");
    expect(outs).toMatchObject({
      name: "life-1",
      billingMode: "PAY_PER_REQUEST",
      ttl: base.ttl,
      pointInTimeRecovery: { enabled: true, recoveryPeriodInDays: 35 },
      tags: { team: "a" },
      tagsAll: { team: "a" },
      streamArn: expect.stringMatching(/table\/life-1\/stream\//),
    });
    expect(await aws.diff(id, URN, outs, inputs)).toMatchObject({ changes: false });
    expect(await aws.read(id, URN, outs)).toEqual({ id, props: outs });
    await aws.delete(id, URN, outs);
  });

  promised("changes in place", async () => {
    const { id, outs } = await made("life-2");
    const news = await checked({
      ...base,
      name: "life-2",
      attributes: [...(base.attributes as Props[]), { name: "h", type: "N" }],
      globalSecondaryIndexes: [
        { name: "byG", hashKey: "g", rangeKey: "h", projectionType: "KEYS_ONLY" },
        { name: "byH", hashKey: "h", projectionType: "INCLUDE", nonKeyAttributes: ["x"] },
      ],
      streamViewType: "KEYS_ONLY",
      ttl: { attributeName: "expires", enabled: false },
      pointInTimeRecovery: { enabled: true, recoveryPeriodInDays: 7 },
      tableClass: "STANDARD_INFREQUENT_ACCESS",
      deletionProtectionEnabled: true,
      tags: { more: "c" },
    });
    const after = await updated(id, outs, news);
    expect(after).toMatchObject({
      ttl: { enabled: false },
      pointInTimeRecovery: { recoveryPeriodInDays: 7 },
      tags: { more: "c" },
      streamViewType: "KEYS_ONLY",
      arn: outs.arn,
    });
    expect(after.streamArn).not.toBe(outs.streamArn);

    await expect(aws.delete(id, URN, after)).rejects.toThrow(
      /deleting table life-2: .*protected against deletion.* Lift it in an update of its own first/,
    );
    const open = await updated(id, after, { ...news, deletionProtectionEnabled: false });
    await aws.delete(id, URN, open);
    await aws.delete(id, URN, open);
  });

  promised("changes how it is billed, there and back", async () => {
    const { id, outs } = await made("life-3");
    const capacity = { readCapacity: 2, writeCapacity: 3 };
    const index = (base.globalSecondaryIndexes as Props[])[0];
    const provisioned = await checked({
      ...base,
      name: "life-3",
      billingMode: "PROVISIONED",
      ...capacity,
      globalSecondaryIndexes: [{ ...index, ...capacity }],
    });
    const paid = await updated(id, outs, provisioned);
    expect(paid).toMatchObject({ billingMode: "PROVISIONED", ...capacity });
    const back = await updated(id, paid, await checked({ ...base, name: "life-3" }));
    expect(back.billingMode).toBe("PAY_PER_REQUEST");
    await aws.delete(id, URN, back);
  });

  promised("is restored from another table", async () => {
    const source = await made("life-4");
    const copy = await made("life-4-copy", {
      restoreSourceName: "life-4",
      restoreToLatestTime: true,
      tags: { team: "copy" },
    });
    expect(copy.outs).toMatchObject({
      tags: { team: "copy" },
      ttl: base.ttl,
      streamEnabled: true,
    });
    expect(await aws.diff(copy.id, URN, copy.outs, copy.inputs)).toMatchObject({
      changes: false,
    });
    await aws.delete(copy.id, URN, copy.outs);
    await aws.delete(source.id, URN, source.outs);
  });

  promised("that was deleted by others reads as gone", async () => {
    const { id, outs } = await made("life-5");
    await client.send(new DeleteTableCommand({ TableName: id }));
    expect(await aws.read(id, URN, outs)).toEqual({ id: "", props: {} });
  });

  promised("that is not there is not imported", async () => {
    await expect(aws.read("life-6-gone", URN, {})).rejects.toThrow(
      /\(life-6-gone\): it does not exist/,
    );
  });

  promised("that is half made stays in state with the reason", async () => {
    const tags = Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`k${n}`, "v"]));
    const inputs = await checked({ ...base, name: "life-6", tags });
    await expect(aws.create(URN, inputs)).rejects.toMatchObject({
      id: "life-6",
      properties: { name: "life-6" },
      reasons: [expect.stringContaining("at most 50 tags")],
    });
    await aws.delete("life-6", URN, inputs);
  });

  promised("is imported with inputs that change nothing", async () => {
    const { id, outs } = await made("life-7");
    const { props, inputs } = await aws.read(id, URN, {});
    expect((await aws.check(URN, {}, inputs)).failures).toEqual([]);
    expect(await aws.diff(id, URN, props, inputs)).toMatchObject({ changes: false });
    await aws.delete(id, URN, outs);
    await expect(client.send(new DescribeTableCommand({ TableName: id }))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });
});
