import { homedir } from "node:os";
import { PREVIEW, type Props, sendable, UNKNOWN } from "../../../src/plugin/host/values";
import { LocalAws, VERSION } from "../../../tools/local-aws/aws-provider/provider";

const URN = "urn:pulumi:dev::shop::aws:dynamodb/table:Table::orders";
/** Nothing listens there: whatever a preview would send fails. */
const aws = new LocalAws({
  AWS_REGION: "us-east-1",
  AWS_ENDPOINT_URL_DYNAMODB: "http://127.0.0.1:1",
});
const inputs: Props = {
  name: "orders_v1",
  attributes: [{ name: "pk", type: "S" }],
  hashKey: "pk",
  billingMode: "PAY_PER_REQUEST",
  tags: { a: "b" },
};

test("the version is that of the SDK it stands in for", () => {
  expect(VERSION).toBe(require("@pulumi/aws/package.json").version);
});

test("a preview of a new table echoes what is known and leaves the rest unknown", async () => {
  const { id, outs } = await aws.create(URN, { ...inputs, [PREVIEW]: true });
  expect(id).toBe("");
  expect(outs).toMatchObject({ ...inputs, region: "us-east-1", tagsAll: { a: "b" } });
  expect(outs).toMatchObject({ arn: UNKNOWN, streamArn: UNKNOWN, ttl: UNKNOWN });
  expect(outs).not.toHaveProperty(PREVIEW);
});

test("a preview of an update keeps the ARN, and the stream's while that stays", async () => {
  const olds = {
    ...inputs,
    arn: "arn:t",
    streamArn: "arn:s",
    streamEnabled: true,
    streamViewType: "NEW_IMAGE",
  };
  const stream = { streamEnabled: true, streamViewType: "NEW_IMAGE" };
  const kept = await aws.update("orders_v1", URN, olds, { ...inputs, ...stream, [PREVIEW]: true });
  expect(kept.outs).toMatchObject({ arn: "arn:t", streamArn: "arn:s" });
  const changed = await aws.update("orders_v1", URN, olds, { ...inputs, [PREVIEW]: true });
  expect(changed.outs).toMatchObject({ arn: "arn:t", streamArn: UNKNOWN, streamLabel: UNKNOWN });
});

test("a foreign endpoint is a refusal of check, with the inputs as they came", async () => {
  const astray = new LocalAws({
    AWS_REGION: "us-east-1",
    AWS_ENDPOINT_URL_DYNAMODB: "https://example.com",
  });
  const { failures } = await astray.check(URN, {}, inputs);
  expect(failures).toEqual([
    {
      property: "",
      reason: expect.stringContaining('"https://example.com": it must be a URL of this machine'),
    },
  ]);
});

test("other resources and functions are refused, with its name", async () => {
  const bucket = "urn:pulumi:dev::shop::swap:index:ControlTable$aws:s3/bucket:Bucket::b";
  const refused =
    "the local aws stand-in serves only aws:dynamodb/table:Table and what a migration needs, not aws:s3/bucket:Bucket";
  await expect(aws.check(bucket, {}, {})).rejects.toThrow(refused);
  await expect(aws.invoke("aws:ec2/getAmi:getAmi", {})).rejects.toThrow(
    "not aws:ec2/getAmi:getAmi",
  );
});

test.each<[string, Props]>([
  ["another way to authorize", { authorizationType: "BASIC", authParameters: { basic: {} } }],
  ["no parameters", { authorizationType: "API_KEY" }],
  ["parameters without a key", { authorizationType: "API_KEY", authParameters: {} }],
  [
    "more parameters",
    { authorizationType: "API_KEY", authParameters: { apiKey: {}, invocationHttpParameters: {} } },
  ],
])("a connection with %s is refused in the preview", async (_which, given) => {
  const connection = "urn:pulumi:dev::shop::aws:cloudwatch/eventConnection:EventConnection::chat";
  const passing = new LocalAws({
    AWS_REGION: "us-east-1",
    AWS_ENDPOINT_URL: "http://127.0.0.1:1",
    AWS_ENDPOINT_URL_DYNAMODB: "http://127.0.0.1:1",
  });
  const failures = async (more: Props) =>
    (await passing.check(connection, {}, { name: "chat", ...given, ...more })).failures;
  expect(await failures({})).toEqual([
    { property: "authParameters", reason: expect.stringContaining("by API_KEY only") },
  ]);
  const later = { authorizationType: UNKNOWN, authParameters: { apiKey: UNKNOWN } };
  expect(await failures(later)).toEqual([]);
  expect(await failures({ ...later, authParameters: UNKNOWN })).toEqual([]);
});

test("the functions for Region, account and partition answer", async () => {
  const { outputs } = await aws.invoke("aws:index/getCallerIdentity:getCallerIdentity", {});
  expect(outputs).toMatchObject({ accountId: "000000000000" });
  const region = await aws.invoke("aws:index/getRegion:getRegion", {});
  expect(region.outputs).toMatchObject({ region: "us-east-1" });
});

test("secret tags stay secret, in tagsAll too", () => {
  const sign = "4dabf18193072939515e22adb298388d";
  const secret = (value: unknown) => ({ [sign]: "1b47061264138c4ac30d75fd1eb44270", value });
  const outs = { name: "t", tags: { a: "b" }, tagsAll: { a: "b" }, gone: undefined };
  expect(sendable(outs, { name: "t", tags: { a: secret("b") } })).toEqual({
    name: "t",
    tags: secret({ a: "b" }),
    tagsAll: secret({ a: "b" }),
  });
});

describe("the schema", () => {
  test("names every property of the real resource", async () => {
    const schema = JSON.parse(await new LocalAws({ PULUMI_HOME: "/tmp/own" }).getSchema());
    const { inputProperties } = schema.resources["aws:dynamodb/table:Table"];
    const source: string = require("node:fs").readFileSync(
      require.resolve("@pulumi/aws/dynamodb/table.js"),
      "utf8",
    );
    const real = [...source.matchAll(/resourceInputs\["(\w+)"\] = args\?/g)].map(
      ([, name]) => name,
    );
    expect(Object.keys(inputProperties).sort()).toEqual(real.sort());
  });

  test.each([undefined, `${homedir()}/.pulumi`])(
    "is kept from the user's own Pulumi home: %s",
    async (home) => {
      const aws = new LocalAws(home === undefined ? {} : { PULUMI_HOME: home });
      await expect(aws.getSchema()).rejects.toThrow("set PULUMI_HOME to another folder");
    },
  );
});
