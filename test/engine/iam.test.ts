import {
  BatchWriteItemCommand,
  DynamoDBClient,
  UpdateTableCommand,
} from "@aws-sdk/client-dynamodb";
import { createResolver } from "../../src/reader";
import { swap } from "../cli/swap";
import { type RecordingProxy, recordingProxy } from "../support/recording-proxy";
import { dynamodb, tableExists, versionTable } from "./dynamodb";
import { asOfEarlierRelease } from "./earlier-state";
import { compared, grants, policies, type Statement } from "./policies-page";
import { Project, type Run } from "./project";

const EXACT = { refused: [], unused: [] };

let proxy: RecordingProxy;
let project: Project;

/** The stack of this file; what it asks of its own goes by the recorder, the aws provider does not. */
const program = (versions: string, args: string) => `
const connection = { endpoint: "${proxy.endpoint}" };
const control = new swap.ControlTable("control", {
  name: "iam_swap", deletionProtection: false, connection, seed: { seeded: 1 },
});
const data = new swap.VersionedTable("data", {
  alias: "iam", controlTable: control, connection,
  table: { hashKey: "id", attributes: [{ name: "id", type: "S" }] },
  versions: ${versions}, ${args}
});
exports.writer = data.writerPolicy;`;

const change = (args: string, versions = "[1, 2]") => project.write(program(versions, args));

/** The calls of a run that must succeed, under the names that docs/iam.md uses. */
async function calls(...runs: (() => Promise<Run>)[]): Promise<string[]> {
  proxy.calls.clear();
  for (const run of runs) expect(await run()).toMatchObject({ code: 0 });
  return asDocumented();
}

const asDocumented = () =>
  [...proxy.calls]
    .map((call) => call.replace(/ iam_swap$/, " shop_swap").replace(/ iam_/, " orders_"))
    .sort();

const up = () => project.up();
const preview = () => project.preview();

beforeAll(async () => {
  proxy = await recordingProxy(process.env.TEST_DYNAMODB as string);
  project = new Project(program("[1, 2, 3]", "activeVersion: 1"));
  await project.init();
});
afterAll(async () => {
  await proxy.stop();
  project.remove();
});

test("the deployer's policy is what previews, cut-overs, drops, rollbacks and refreshes ask for", async () => {
  const asked = await calls(preview, up);
  change("activeVersion: 2");
  asked.push(...(await calls(preview, up)));
  change("activeVersion: 1, rollbackFrom: 2");
  asked.push(...(await calls(preview, up, () => project.refresh())));
  expect(compared(asked, grants("deployer"))).toEqual(EXACT);
});

test("a preview writes nothing", async () => {
  change("activeVersion: 2, liftBar: 2");
  const asked = await calls(preview);
  expect(asked).toContain("GetItem shop_swap");
  expect(asked.filter((call) => !/^(GetItem|DescribeTable) /.test(call))).toEqual([]);
});

const key = '{ key: { id: "a" } }';
test.each([
  ["canaries", `canaries: [${key}]`],
  ["minItems", "minItems: { count: 1 }"],
  ["coverage", "coverage: {}"],
  ["verified", 'verify: { within: "1h" }'],
])("the gate %s asks for what its policy adds to the deployer's", async (gate, readiness) => {
  const Item = { id: { S: "a" } };
  await dynamodb().send(
    new BatchWriteItemCommand({
      RequestItems: { iam_v1: [{ PutRequest: { Item } }], iam_v2: [{ PutRequest: { Item } }] },
    }),
  );
  const env = {
    AWS_ACCESS_KEY_ID: "local",
    SWAP_CONTROL_TABLE: "iam_swap",
    AWS_ENDPOINT_URL_DYNAMODB: process.env.TEST_DYNAMODB as string,
  };
  expect(await swap(["verify", "iam", "1", "2"], env)).toMatchObject({ code: 0 });
  change(`activeVersion: 2, liftBar: 2, readiness: { ${readiness} }`);
  const asked = await calls(up);
  expect(compared(asked, grants("deployer", gate)).refused).toEqual([]);
  expect(compared(asked, grants(gate)).unused).toEqual([]);
  change("activeVersion: 1, rollbackFrom: 2");
  await calls(up);
});

test("the policies that the component gives are those of the page", async () => {
  const { output } = await project.pulumi("stack", "output", "writer");
  const given = output
    .replace(/arn:aws:dynamodb:[\w-]*:\d*:/g, "arn:aws:dynamodb:eu-west-1:123456789012:")
    .replace(/table\/iam_swap/g, "table/shop_swap")
    .replace(/table\/iam_v1/g, "table/orders_v3")
    .replace(/table\/iam_v2/g, "table/orders_v4")
    .replaceAll('"iam"', '"orders"');
  const onPage = ["readerPolicy", "writerPolicy"].flatMap(
    (name) => policies().get(name)?.Statement ?? [],
  );
  expect(JSON.parse(given).Statement).toEqual(onPage);
});

test("automatic retirement asks for what its policy adds", async () => {
  const keep = "activeVersion: 1, retention: { keep: 1 }";
  change(keep);
  await calls(up);
  // As in a stack of a release that had no retention plans and protected no table.
  await dynamodb().send(
    new UpdateTableCommand({ TableName: "iam_v2", DeletionProtectionEnabled: false }),
  );
  await asOfEarlierRelease(project);
  change(keep, "[1]");
  const asked = await calls(up);
  expect(compared(asked, grants("deployer", "keep")).refused).toEqual([]);
  expect(compared(asked, grants("keep")).unused).toEqual([]);
});

test("a reader asks for GetItem, and several aliases for BatchGetItem", async () => {
  const client = new DynamoDBClient({
    region: "eu-west-1",
    endpoint: proxy.endpoint,
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  const follow = (alias: string) => createResolver({ alias, controlTable: "iam_swap", client });
  proxy.calls.clear();
  const one = follow("iam");
  await one.resolve();
  one.stop();
  expect(compared(asDocumented(), grants("reader"))).toEqual(EXACT);

  proxy.calls.clear();
  const many = ["iam", "seeded"].map(follow);
  await Promise.all(many.map((resolver) => resolver.resolve()));
  for (const resolver of many) resolver.stop();
  expect(compared(asDocumented(), grants("reader", "readers")).refused).toEqual([]);
  expect(compared(asDocumented(), grants("readers")).unused).toEqual([]);
  client.destroy();
});

test("each command of swap sends only requests that its policy grants", async () => {
  const env = {
    AWS_ACCESS_KEY_ID: "local",
    SWAP_CONTROL_TABLE: "iam_swap",
    AWS_ENDPOINT_URL_DYNAMODB: proxy.endpoint,
  };
  proxy.calls.clear();
  for (const args of [
    ["get", "iam"],
    ["resolve", "iam"],
    ["history", "iam"],
    ["wait", "iam", "--version", "1", "--timeout", "0s"],
    ["list"],
    ["versions", "iam"],
    ["env", "iam"],
  ])
    expect([args, (await swap(args, env)).code]).toEqual([args, 0]);
  // It finds that the tables have no deletion protection.
  expect((await swap(["doctor", "iam"], env)).code).toBe(8);
  expect(compared(asDocumented(), grants("cli"))).toEqual(EXACT);
});

test("a table with another name asks for what its policy adds", async () => {
  const named = await versionTable("iam-customers");
  const alias = "iam-named";
  const first = `{ 1: { name: "${named}", adopt: true }, 2: {}, 3: {} }`;
  const text = (versions: string, args: string) =>
    program(versions, args)
      .replace('alias: "iam"', `alias: "${alias}"`)
      .replaceAll("iam_swap", "iam-named_swap");
  const other = new Project(text(first, "activeVersion: 1"));
  const write = (args: string, versions = first) => other.write(text(versions, args));
  const nameOnPage = (call: string) =>
    call
      .replace(/ iam-named_swap$/, " shop_swap")
      .replace(/ iam-named_/, " orders_")
      .replace(/ iam-customers$/, " customers");
  const run = async (...runs: (() => Promise<Run>)[]) => (await calls(...runs)).map(nameOnPage);
  const previewed = () => other.preview();
  const upped = () => other.up();
  try {
    await other.init();
    const asked = await run(previewed, upped);
    write("activeVersion: 2");
    asked.push(...(await run(previewed, upped)));
    write("activeVersion: 1, rollbackFrom: 2");
    asked.push(...(await run(previewed, upped, () => other.refresh())));
    const grace = 'retention: { grace: "0s", readersRefresh: "0s" }';
    write(`activeVersion: 3, ${grace}`);
    asked.push(...(await run(previewed, upped)));
    const { output } = await other.pulumi("stack", "output", "writer");
    const items = (JSON.parse(output) as { Statement: Statement[] }).Statement.at(-1);
    expect(items?.Resource.map((arn) => arn.replace(/^.*:table\//, "")).slice(0, 3)).toEqual([
      named,
      "iam-named_v2",
      "iam-named_v3",
    ]);
    write(`activeVersion: 3, ${grace}`, "{ 3: {} }");
    asked.push(...(await run(previewed, upped)));
    expect(await tableExists(named)).toBe(false);
    expect(compared(asked, grants("deployer", "named"))).toEqual(EXACT);
  } finally {
    other.remove();
  }
});

test("destroying with onDelete: release asks for DeleteItem in addition", async () => {
  change('activeVersion: 1, forceDestroy: true, onDelete: "release"');
  await calls(up);
  const asked = await calls(() => project.destroy());
  expect(compared(asked, grants("deployer", "release")).refused).toEqual([]);
  expect(compared(asked, grants("release")).unused).toEqual([]);
});
