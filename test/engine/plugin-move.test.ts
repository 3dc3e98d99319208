import { findActive } from "../../src/pointer";
import { dynamodb } from "./dynamodb";
import { Project } from "./project";
import { messageOf } from "./refused-run";

const control = "moved_swap";
const row = () => findActive({ client: dynamodb(), controlTable: control }, "moving");

/** One program; `from` is the module that the components and resources come from. */
const program = (from: string, active = 2) => `
const { ControlTable, VersionedTable, ActiveVersion } = require("${from}");
const control = new ControlTable("control", {
  name: "${control}", deletionProtection: false, seed: { seeded: 3 } });
const data = new VersionedTable("data", {
  alias: "moving",
  controlTable: control,
  table: { hashKey: "id", attributes: [{ name: "id", type: "S" }] },
  versions: [1, 2, 3],
  activeVersion: ${active},
  reason: "a reason",
});
new ActiveVersion("alone", {
  alias: "moving", controlTable: control.name, version: ${active}, table: data.activeTable });
exports.activeTable = data.activeTable;`;

const project = new Project(program("pulumi-swap"));
beforeAll(async () => {
  await project.init();
  expect(await project.up()).toMatchObject({ code: 0 });
});
afterAll(() => project.remove());

const ids = (things: { id?: string | undefined }[]) => things.map(({ id }) => id).sort();

const types = async () =>
  (await project.things()).map(({ type }) => type).filter((type) => type.includes("swap"));

test("a program switches from the dynamic resources to the plugin's without any diff", async () => {
  const before = { row: await row(), things: await project.things() };
  expect(await types()).toEqual(
    expect.arrayContaining([
      "pulumi-nodejs:dynamic/swap:ActiveVersion",
      "pulumi-nodejs:dynamic/swap:VersionGuard",
      "pulumi-nodejs:dynamic/swap:PointerSeed",
      "pulumi-nodejs:dynamic/swap:RetentionPlan",
    ]),
  );

  project.write(program("pulumi-swap/plugin"));
  expect(await project.preview("--expect-no-changes")).toMatchObject({ code: 0 });
  expect(await project.up("--expect-no-changes")).toMatchObject({ code: 0 });
  expect(await row()).toEqual(before.row);
  expect(new Set(await types())).toEqual(
    new Set([
      "swap:index:ActiveVersion",
      "swap:index:VersionGuard",
      "swap:index:PointerSeed",
      "swap:index:RetentionPlan",
    ]),
  );
  expect(ids(await project.things())).toEqual(ids(before.things));
});

test("after the switch a refresh drops what the dynamic host kept in the state", async () => {
  const held = async () =>
    (await project.things()).filter(({ outputs }) => "__provider" in outputs).length;
  expect(await held()).toBe(7);
  expect(await project.refresh()).toMatchObject({ code: 0 });
  expect(await held()).toBe(0);
  expect(await project.up("--expect-no-changes")).toMatchObject({ code: 0 });
});

test("after the switch the swap and the guards work", async () => {
  project.write(program("pulumi-swap/plugin", 3));
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await row()).toMatchObject({ version: 3, previous: 2, by: "pulumi:test/dev" });
  project.write(program("pulumi-swap/plugin", 3).replace("[1, 2, 3]", "[3]"));
  const { code, output } = await project.up();
  expect(code).not.toBe(0);
  expect(output).toMatch(
    messageOf("swap.version-in-use", { table: "moving_v2", reason: /.*\bleft\b/ }),
  );
});

test("with aws: configuration the switch updates the resources in place, and writes no pointer", async () => {
  const configured = new Project(
    `new (require("pulumi-swap").ActiveVersion)("alone", {
       controlTable: "${control}", alias: "moving", version: 3 });`,
  );
  await configured.init();
  await configured.pulumi("config", "set", "aws:region", "eu-west-1");
  expect(await configured.up()).toMatchObject({ code: 0 });
  const before = await row();
  configured.write(configured.program.replace("pulumi-swap", "pulumi-swap/plugin"));
  const preview = await configured.preview();
  expect(preview.output).toMatch(/~ 1 to update\n/);
  expect(preview.output).toMatch(/\+ region: "eu-west-1"/);
  expect(preview.output).not.toMatch(/replace/);
  expect(await configured.up()).toMatchObject({ code: 0 });
  expect(await row()).toEqual(before);
  configured.remove();
});
