import { existsSync } from "node:fs";
import { join } from "node:path";
import { findActive } from "../../src/pointer";
import { dynamodb } from "./dynamodb";
import { Project } from "./project";

const control = "yaml_swap";
const row = () => findActive({ client: dynamodb(), controlTable: control }, "yaml");

const program = (active: number, extra = "") => `
resources:
  control:
    type: swap:ControlTable
    properties:
      name: ${control}
      deletionProtection: false
  orders:
    type: swap:VersionedTable
    properties:
      alias: yaml
      controlTable: \${control}
      table:
        hashKey: id
        attributes: [{ name: id, type: S }]
      versions:
        "1": {}
        "2":
          tags: { schema: two }
      activeVersion: ${active}
      tags: { team: platform }
      ${extra}
outputs:
  activeTable: \${orders.activeTable}
  environment: \${orders.environment}
  versions: \${orders.versions}
  reader: \${orders.readerPolicy}
`;

const project = new Project(program(1), { language: "yaml" });
beforeAll(() => project.init());
afterAll(() => project.remove());

const outputs = async () =>
  JSON.parse((await project.pulumi("stack", "output", "--json")).output) as Record<string, unknown>;

test("a YAML program without node_modules makes version 1 live", async () => {
  const preview = await project.preview();
  expect(preview).toMatchObject({ code: 0 });
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await row()).toMatchObject({ version: 1, by: "pulumi:test/dev", foreign: false });
  expect(existsSync(join(project.folder, "node_modules"))).toBe(false);
  expect(await outputs()).toMatchObject({
    activeTable: "yaml_v1",
    environment: { SWAP_CONTROL_TABLE: control, SWAP_ALIAS: "yaml" },
    versions: { 1: { name: "yaml_v1" }, 2: { name: "yaml_v2" } },
    reader: expect.stringContaining(`table/${control}`),
  });
});
