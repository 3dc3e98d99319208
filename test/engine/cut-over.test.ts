import { findActive } from "../../src/pointer";
import { dynamodb } from "./dynamodb";
import { Project } from "./project";

const control = "cutover_swap";
const row = () => findActive({ client: dynamodb(), controlTable: control }, "cutover");

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

const outputs = async () =>
  JSON.parse((await project.pulumi("stack", "output", "--json")).output) as Record<string, unknown>;

test("the first preview touches nothing and the first up makes version 1 live", async () => {
  const preview = await project.preview();
  expect(preview).toMatchObject({ code: 0 });
  expect(preview.output).toMatch(/version\s*: 1/);
  await expect(row()).rejects.toMatchObject({ code: "swap.control-table-missing" });

  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await row()).toMatchObject({ version: 1, by: "pulumi:test/dev", foreign: false });
});

test("the outputs name the active table, every version, the environment and the policies", async () => {
  const out = await outputs();
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
  expect(actions(out.controlReader)).toEqual(["dynamodb:GetItem", "dynamodb:Scan"]);
  expect(actions(out.controlWriter)).toEqual(["dynamodb:GetItem", "dynamodb:UpdateItem"]);
  expect(actions(out.reader)).not.toContain("dynamodb:PutItem");
  expect(actions(out.writer)).toContain("dynamodb:PutItem");
  expect(out.writer).toContain(":table/cutover_v3/index/*");
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

test("declaring the same version again changes nothing", async () => {
  const before = await row();
  const up = await project.up("--expect-no-changes");
  expect(up).toMatchObject({ code: 0 });
  expect(await row()).toEqual(before);
});

test("changing the declared version previews and makes the cut-over", async () => {
  project.write(program(2));
  const preview = await project.preview();
  expect(preview).toMatchObject({ code: 0 });
  expect(preview.output).toMatch(/~ version\s*: 1 => 2/);
  expect(preview.output).toMatch(/~ table\s*: "cutover_v1" => "cutover_v2"/);
  expect(await row()).toMatchObject({ version: 1 });

  const up = await project.up();
  expect(up).toMatchObject({ code: 0 });
  expect(up.output).toMatch(/1 updated/);
  expect(await row()).toMatchObject({
    version: 2,
    previous: 1,
    history: [
      { version: 1, kind: "set", by: "pulumi:test/dev" },
      { version: 2, kind: "set", by: "pulumi:test/dev" },
    ],
  });
  expect((await outputs()).activeTable).toBe("cutover_v2");
});

test("a regression is refused in preview and in up, and nothing has changed", async () => {
  const before = { row: await row(), things: await project.things() };
  project.write(program(1));
  for (const run of [await project.preview(), await project.up()]) {
    expect(run.code).not.toBe(0);
    expect(run.output).toMatch(
      /version regressed: alias "cutover" is at version 2 \(set at .*Z by pulumi:test\/dev\), version 1 is not greater; declare version 2/,
    );
    expect(run.output).not.toMatch(/^\s+at /m);
  }
  expect({ row: await row(), things: await project.things() }).toEqual(before);
});

test("the serialized provider is a constant that requires the handler", async () => {
  const { inputs } = await project.resource("ActiveVersion::orders");
  const text = inputs.__provider as string;
  expect(text).toContain('("pulumi-swap/dynamic-host")');
  expect(text).not.toContain("UpdateItem");
  expect(text.length).toBeLessThan(200);
});

test("destroy removes the tables and the stack's state", async () => {
  project.write(program(2, "forceDestroy: true"));
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await project.destroy()).toMatchObject({ code: 0 });
  expect(await project.state()).toEqual([]);
});
