import { PREVIEW, type Props, UNKNOWN } from "../../../src/plugin/host/values";
import { LocalAws } from "../../../tools/local-aws/aws-provider/provider";
import { lacksPython } from "../../../tools/local-aws/ministack/install";
import { type MiniStack, startMiniStack } from "../../../tools/local-aws/ministack/start";

const unavailable = lacksPython();
if (unavailable) console.warn(`SKIPPED the stand-in's other resources: ${unavailable}`);
const onMiniStack = unavailable ? test.skip : test;

const urnOf = (type: string, name = "it") => `urn:pulumi:dev::shop::${type}::${name}`;
const ROLE = urnOf("aws:iam/role:Role");
const ROLE_POLICY = urnOf("aws:iam/rolePolicy:RolePolicy");
const LOG_GROUP = urnOf("aws:cloudwatch/logGroup:LogGroup");
const FUNCTION = urnOf("aws:lambda/function:Function");
const MAPPING = urnOf("aws:lambda/eventSourceMapping:EventSourceMapping");
const INVOCATION = urnOf("aws:lambda/invocation:Invocation");
const STATE_MACHINE = urnOf("aws:sfn/stateMachine:StateMachine");
const CONNECTION = urnOf("aws:cloudwatch/eventConnection:EventConnection");
const DESTINATION = urnOf("aws:cloudwatch/eventApiDestination:EventApiDestination");
const RULE = urnOf("aws:cloudwatch/eventRule:EventRule");
const TARGET = urnOf("aws:cloudwatch/eventTarget:EventTarget");
const TABLE = urnOf("aws:dynamodb/table:Table");

let server: MiniStack | undefined;
let aws: LocalAws;
beforeAll(async () => {
  if (unavailable) return;
  server = await startMiniStack();
  aws = new LocalAws({
    AWS_REGION: "eu-west-1",
    AWS_ENDPOINT_URL: server.endpoint,
    AWS_ENDPOINT_URL_DYNAMODB: server.endpoint,
  });
});
afterAll(() => server?.stop());

const document = (Service: string) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service } }],
  });
const permission = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "dynamodb:GetItem", Resource: "*" }],
});
/** As the engine sends an archive, but for the signatures. */
const answers = (value: number) => ({
  hash: `hash of ${value}`,
  assets: { "index.js": { text: `exports.handler = async () => ${value};` } },
});
const functionInputs = (value: number): Props => ({
  name: "answer",
  role: "arn:aws:iam::000000000000:role/worker",
  handler: "index.handler",
  runtime: "nodejs22.x",
  code: answers(value),
});

async function created(urn: string, inputs: Props): Promise<{ id: string; outs: Props }> {
  const { inputs: checked, failures } = await aws.check(urn, {}, inputs);
  expect(failures).toEqual([]);
  const { id, outs = {} } = await aws.create(urn, checked);
  return { id: String(id), outs };
}

onMiniStack("each type is created, read, and gone once deleted", async () => {
  const table = await created(TABLE, {
    name: "streamed",
    attributes: [{ name: "pk", type: "S" }],
    hashKey: "pk",
    billingMode: "PAY_PER_REQUEST",
    streamEnabled: true,
    streamViewType: "NEW_AND_OLD_IMAGES",
  });
  const all: [string, { id: string; outs: Props }][] = [];
  const add = async (urn: string, inputs: Props) => {
    const made = await created(urn, inputs);
    all.push([urn, made]);
    return made;
  };
  const role = await add(ROLE, {
    name: "worker",
    assumeRolePolicy: document("lambda.amazonaws.com"),
  });
  await add(ROLE_POLICY, { name: "all", role: "worker", policy: permission });
  await add(LOG_GROUP, { name: "/aws/lambda/answer", retentionInDays: 30 });
  await add(FUNCTION, { ...functionInputs(41), role: role.outs.arn });
  await add(MAPPING, {
    functionName: "answer",
    eventSourceArn: table.outs.streamArn,
    startingPosition: "TRIM_HORIZON",
    enabled: false,
    batchSize: 10,
  });
  await add(STATE_MACHINE, {
    name: "machine",
    roleArn: role.outs.arn,
    definition: JSON.stringify({ StartAt: "End", States: { End: { Type: "Succeed" } } }),
  });
  const connection = await add(CONNECTION, {
    name: "chat",
    authorizationType: "API_KEY",
    authParameters: { apiKey: { key: "x-sender", value: "shop" } },
  });
  const destination = await add(DESTINATION, {
    name: "chat",
    connectionArn: connection.outs.arn,
    httpMethod: "POST",
    invocationEndpoint: "https://chat.example.com/hook",
  });
  await add(RULE, { name: "moves", eventPattern: JSON.stringify({ source: ["shop"] }) });
  await add(TARGET, { rule: "moves", arn: destination.outs.arn, roleArn: role.outs.arn });
  for (const [urn, { id, outs }] of all)
    expect([urn, (await aws.read(id, urn, outs)).id]).toEqual([urn, id]);
  await expect(aws.read(all[0]?.[1].id ?? "", all[0]?.[0] ?? "", {})).rejects.toThrow(
    "does not import",
  );
  for (const [urn, { id, outs }] of all.toReversed()) {
    await aws.delete(id, urn, outs);
    expect([urn, (await aws.read(id, urn, outs)).id]).toEqual([urn, ""]);
    await aws.delete(id, urn, outs);
  }
});

onMiniStack("a rule keeps each of its targets, until that is deleted", async () => {
  await created(RULE, { name: "two", eventPattern: JSON.stringify({ source: ["shop"] }) });
  const arn = "arn:aws:sqs:eu-west-1:000000000000:moves";
  const [first, second] = [
    await created(TARGET, { rule: "two", arn }),
    await created(TARGET, { rule: "two", arn }),
  ];
  const idRead = async ({ id, outs }: typeof first) => (await aws.read(id, TARGET, outs)).id;
  await aws.update(first.id, TARGET, first.outs, { rule: "two", arn: `${arn}-2` });
  await aws.delete(first.id, TARGET, first.outs);
  expect(await idRead(first)).toBe("");
  expect(await idRead(second)).toBe(second.id);
});

onMiniStack("a function's code is updated when its content changes, and only then", async () => {
  const { id, outs } = await created(FUNCTION, functionInputs(1));
  expect(await aws.diff(id, FUNCTION, outs, functionInputs(1))).toMatchObject({ changes: false });
  expect(await aws.diff(id, FUNCTION, outs, functionInputs(2))).toMatchObject({
    changes: true,
    replaces: [],
  });
  const invoked = async (input: string) =>
    (await created(INVOCATION, { functionName: "answer", input })).outs.result;
  expect(await invoked("{}")).toBe("1");
  await aws.update(id, FUNCTION, outs, functionInputs(2));
  expect(await invoked("{}")).toBe("2");
  await expect(aws.create(FUNCTION, functionInputs(3))).rejects.toThrow(
    /^creating aws:lambda\/function:Function answer: ResourceConflictException: \S[^\n]*$/,
  );
  const failing = { "index.js": { text: "exports.handler = async () => { throw Error('no'); };" } };
  const code = { hash: "hash of a failure", assets: failing };
  await aws.update(id, FUNCTION, outs, { ...functionInputs(2), code });
  await expect(invoked("{}")).rejects.toThrow(
    /: invoking Lambda Function \(answer\): \{.*"errorMessage": ?"no".*\}$/,
  );
  await aws.delete(id, FUNCTION, outs);
});

test("a preview sends nothing and leaves what it can't know unknown", async () => {
  const nowhere = new LocalAws({
    AWS_REGION: "eu-west-1",
    AWS_ENDPOINT_URL: "http://127.0.0.1:1",
    AWS_ENDPOINT_URL_DYNAMODB: "http://127.0.0.1:1",
  });
  const { id, outs } = await nowhere.create(FUNCTION, { ...functionInputs(1), [PREVIEW]: true });
  expect(id).toBe("");
  expect(outs).toMatchObject({ name: "answer", arn: UNKNOWN });
  expect(outs).not.toHaveProperty(PREVIEW);
});

test("without an endpoint, and for an argument that is not honoured, check refuses", async () => {
  const alone = new LocalAws({
    AWS_REGION: "eu-west-1",
    AWS_ENDPOINT_URL_DYNAMODB: "http://127.0.0.1:1",
  });
  const { failures } = await alone.check(
    MAPPING,
    {},
    { functionName: "answer", bisectBatchOnFunctionError: true },
  );
  expect(failures).toEqual([
    {
      property: "bisectBatchOnFunctionError",
      reason: expect.stringContaining("does not honour bisectBatchOnFunctionError"),
    },
    { property: "", reason: expect.stringContaining("AWS_ENDPOINT_URL, which is not set") },
  ]);
});
