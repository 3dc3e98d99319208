import { findActive } from "../../src/pointer";
import { dynamodb } from "./dynamodb";
import { lateTables } from "./late-tables";
import { Project } from "./project";

const TIMES = 3;

const program = (name: string, endpoint: string) => `
const keys = (name, key) => ({ name, billingMode: "PAY_PER_REQUEST", hashKey: key,
  attributes: [{ name: key, type: "S" }] });
const control = new aws.dynamodb.Table("control", keys("${name}_swap", "pk"));
const first = new aws.dynamodb.Table("first", keys("${name}_v1", "id"));
const connection = { endpoint: "${endpoint}" };
const pointers = swap => {
  new swap.PointerSeed("seed", { alias: "seeded", controlTable: control.name, version: 1, connection });
  new swap.ActiveVersion("active", {
    alias: "${name}", controlTable: control.name, version: 1, table: first.name, connection });
};`;

test.each([
  ["dynamic", "pointers(swap);"],
  ["plugin", 'pointers(require("pulumi-swap/plugin"));'],
])("the first up waits for tables that are not found yet (%s)", async (host, rest) => {
  const name = `late-${host}`;
  const proxy = await lateTables(process.env.TEST_DYNAMODB as string, TIMES);
  const project = new Project(program(name, proxy.endpoint) + rest);
  await project.init();
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(Object.fromEntries(proxy.missed)).toEqual({
    [`${name}_swap`]: TIMES,
    [`${name}_v1`]: TIMES,
  });
  const ref = { client: dynamodb(), controlTable: `${name}_swap` };
  expect(await findActive(ref, name)).toMatchObject({ version: 1 });
  expect(await findActive(ref, "seeded")).toMatchObject({ version: 1 });
  expect(await project.up("--expect-no-changes")).toMatchObject({ code: 0 });
  project.remove();
  await proxy.stop();
});

test("the first up of a versioned table that creates its control table does so too", async () => {
  const proxy = await lateTables(process.env.TEST_DYNAMODB as string, TIMES);
  const project = new Project(`new swap.VersionedTable("late", {
    alias: "late-whole", versions: [1], activeVersion: 1,
    table: { hashKey: "id", attributes: [{ name: "id", type: "S" }] },
    controlTable: new swap.ControlTable("late", {
      name: "late-whole_swap", seed: { "late-seeded": 1 }, connection: { endpoint: "${proxy.endpoint}" } }),
    connection: { endpoint: "${proxy.endpoint}" } });`);
  await project.init();
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(Object.fromEntries(proxy.missed)).toEqual({
    "late-whole_swap": TIMES,
    "late-whole_v1": TIMES,
  });
  expect(await project.up("--expect-no-changes")).toMatchObject({ code: 0 });
  project.remove();
  await proxy.stop();
});
