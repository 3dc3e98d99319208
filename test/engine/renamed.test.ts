import { findActive } from "../../src/pointer";
import { dynamodb, tableExists } from "./dynamodb";
import { Project } from "./project";

const projects: Project[] = [];
afterAll(() => {
  for (const project of projects) project.remove();
});

async function stack(
  text: string,
  options: ConstructorParameters<typeof Project>[1] = {},
): Promise<Project> {
  const project = new Project(text, options);
  projects.push(project);
  await project.init();
  expect(await project.up()).toMatchObject({ code: 0 });
  return project;
}

const program = (name: string, opts = "{}") => `
const data = new swap.VersionedTable("${name}", {
  alias: "relabelled", versions: [1, 2], activeVersion: 1,
  table: { hashKey: "id", attributes: [{ name: "id", type: "S" }] },
}, ${opts});
const control = new swap.ControlTable("${name}-control", { seed: { seeded: 2 } }, ${opts.replace(/"(\w+)"/, '"$1-control"')});
exports.controlTable = data.controlTable;
exports.standAlone = control.name;`;

test("components that are renamed with aliases keep their control tables", async () => {
  const project = await stack(program("first"));
  const before = await project.things();
  project.write(program("second", '{ aliases: [{ name: "first" }] }'));
  const { code, output } = await project.preview("--expect-no-changes");
  expect([code, output]).toEqual([0, expect.not.stringMatching(/to (create|delete|replace)/)]);
  expect(await project.up()).toMatchObject({ code: 0 });
  const ids = (things: { id?: string | undefined }[]) => things.map(({ id }) => id).sort();
  expect(ids(await project.things())).toEqual(ids(before));
  expect(await project.pulumi("stack", "output", "controlTable")).toMatchObject({
    output: expect.stringContaining("first_swap"),
  });
  expect(await tableExists("second_swap")).toBe(false);
  expect(
    await findActive({ client: dynamodb(), controlTable: "first_swap" }, "relabelled"),
  ).toMatchObject({ version: 1 });

  // Without the alias too, once the state has the new name.
  project.write(program("second"));
  expect(await project.up("--expect-no-changes")).toMatchObject({ code: 0 });
});

test("a component of the plugin that is renamed with an alias keeps its control table", async () => {
  const yaml = (name: string, opts = "") => `resources:
  ${name}:
    type: swap:VersionedTable
    properties:
      alias: plugin-moved
      versions: [1]
      activeVersion: 1
      table: { hashKey: id, attributes: [{ name: id, type: S }] }
${opts}`;
  const project = await stack(yaml("former"), { language: "yaml" });
  const urn = (await project.resource("VersionedTable::former")).urn;
  project.write(yaml("latter", `    options: { aliases: ["${urn}"] }\n`));
  expect(await project.preview("--expect-no-changes")).toMatchObject({ code: 0 });
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await tableExists("former_swap")).toBe(true);
  expect(await tableExists("latter_swap")).toBe(false);
});
