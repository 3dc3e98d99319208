import { findActive } from "../../src/pointer";
import { controlTable, dynamodb, versionTable } from "./dynamodb";
import { Project } from "./project";

test("a preview tolerates inputs that are not known yet", async () => {
  const control = await controlTable("unknowns_swap");
  await versionTable("unknowns_v3");
  const project = new Project(`
const table = new aws.dynamodb.Table("later", {
  name: "unknowns_v4", billingMode: "PAY_PER_REQUEST",
  hashKey: "id", attributes: [{ name: "id", type: "S" }],
});
const version = table.id.apply((name) => Number(name.slice("unknowns_v".length)));
const alias = table.id.apply((name) => name.split("_")[0]);
new swap.ActiveVersion("unknowns", { controlTable: "${control}", alias, version, table: table.id });`);
  await project.init();
  expect(await project.preview()).toMatchObject({ code: 0 });
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await findActive({ client: dynamodb(), controlTable: control }, "unknowns")).toMatchObject(
    {
      version: 4,
    },
  );
  expect(await project.destroy()).toMatchObject({ code: 0 });
  project.remove();
});

test("a VersionedTable takes its active version from an output", async () => {
  const project = new Project(`
const chosen = pulumi.output(2);
const data = new swap.VersionedTable("chosen", {
  alias: "chosen",
  table: { hashKey: "id", attributes: [{ name: "id", type: "S" }] },
  versions: [1, 2],
  activeVersion: chosen,
  forceDestroy: true,
});
exports.active = data.activeTable;`);
  await project.init();
  expect(await project.up()).toMatchObject({ code: 0 });
  expect((await project.pulumi("stack", "output", "active")).output.trim()).toBe("chosen_v2");
  expect(await project.destroy()).toMatchObject({ code: 0 });
  project.remove();
});
