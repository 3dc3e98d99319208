import {
  outputsOf,
  rowOf,
  type Story,
  testCutOver,
  testDestroy,
  testRegression,
} from "./cut-over-story";
import { Project } from "./project";

const control = "cutover_swap";

const program = (active: number, extra = "") => `
const control = new swap.ControlTable("control", { name: "${control}", deletionProtection: false });
const orders = new swap.VersionedTable("orders", {
  alias: "cutover",
  controlTable: control,
  table: { hashKey: "id", attributes: [{ name: "id", type: "S" }], tags: { team: "orders" } },
  versions: {
    1: {},
    2: { ttl: { attributeName: "expires", enabled: true }, tags: { schema: "two" } },
    3: {
      streamEnabled: true,
      streamViewType: "NEW_AND_OLD_IMAGES",
      attributes: [{ name: "id", type: "S" }, { name: "customer", type: "S" }],
      globalSecondaryIndexes: [{ name: "byCustomer", hashKey: "customer", projectionType: "ALL" }],
      pointInTimeRecovery: { enabled: true },
    },
  },
  activeVersion: ${active},
  tags: { team: "platform", cost: "42" },
  ${extra}
});
exports.activeTable = orders.activeTable;
exports.environment = orders.environment;
exports.versions = orders.versions;
exports.reader = orders.readerPolicy;
exports.writer = orders.writerPolicy;
exports.controlReader = control.readPolicy;
exports.controlWriter = control.writePolicy;
`;

const project = new Project(program(1));
beforeAll(() => project.init());
afterAll(() => project.remove());

const story: Story = {
  alias: "cutover",
  controlTable: control,
  project,
  program,
  forceDestroy: "forceDestroy: true,",
};

test("the first preview touches nothing and the first up makes version 1 live", async () => {
  const preview = await project.preview();
  expect(preview).toMatchObject({ code: 0 });
  expect(preview.output).toMatch(/version\s*: 1/);
  await expect(rowOf(story)).rejects.toMatchObject({ code: "swap.control-table-missing" });

  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await rowOf(story)).toMatchObject({ version: 1, by: "pulumi:test/dev", foreign: false });
});

test("the outputs name the active table, every version, the environment and the policies", async () => {
  const out = await outputsOf(project);
  expect(out).toMatchObject({
    activeTable: "cutover_v1",
    environment: { SWAP_CONTROL_TABLE: control, SWAP_ALIAS: "cutover" },
    versions: {
      1: { name: "cutover_v1", streamArn: "" },
      2: { name: "cutover_v2" },
      3: { name: "cutover_v3", streamArn: expect.stringContaining("/stream/") },
    },
  });
  const actions = (policy: unknown) =>
    (JSON.parse(policy as string) as { Statement: { Action: string[] }[] }).Statement.flatMap(
      ({ Action }) => Action,
    );
  expect(actions(out.controlReader)).toEqual([
    "dynamodb:GetItem",
    "dynamodb:BatchGetItem",
    "dynamodb:Scan",
  ]);
  expect(actions(out.controlWriter)).toEqual(["dynamodb:GetItem", "dynamodb:UpdateItem"]);
  expect(actions(out.reader)).not.toContain("dynamodb:PutItem");
  expect(actions(out.writer)).toContain("dynamodb:PutItem");
  expect(out.writer).toContain(":table/cutover_v3/index/*");
});

test("the component's outputs in the state hold no policy, and nothing that a cut-over changes", async () => {
  const { outputs } = await project.resource("swap:index:VersionedTable::orders");
  expect(Object.keys(outputs ?? {}).sort()).toEqual(["controlTable", "environment"]);
  const { outputs: swap } = await project.resource("swap:ActiveVersion::orders");
  expect(swap).toMatchObject({ version: 1, table: "cutover_v1" });
});

test("each version's table has the shared arguments and its own overrides", async () => {
  const table = async (version: number) =>
    (await project.resource(`aws:dynamodb/table:Table::orders-v${version}`)).outputs;
  expect(await table(1)).toMatchObject({
    name: "cutover_v1",
    billingMode: "PAY_PER_REQUEST",
    tags: { team: "orders", cost: "42" },
  });
  expect(await table(2)).toMatchObject({
    ttl: { attributeName: "expires", enabled: true },
    tags: { team: "orders", cost: "42", schema: "two" },
  });
  expect(await table(3)).toMatchObject({
    streamEnabled: true,
    pointInTimeRecovery: { enabled: true },
    globalSecondaryIndexes: [{ name: "byCustomer" }],
  });
});

testCutOver(story);
testRegression(story);

test("the serialized provider is a constant that requires the handler", async () => {
  const { inputs } = await project.resource("ActiveVersion::orders");
  const text = inputs.__provider as string;
  expect(text).toContain('("pulumi-swap/dynamic-host")');
  expect(text).not.toContain("UpdateItem");
  expect(text.length).toBeLessThan(200);
});

testDestroy(story);
