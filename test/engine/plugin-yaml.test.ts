import { existsSync } from "node:fs";
import { join } from "node:path";
import { findActive } from "../../src/pointer";
import { dynamodb } from "./dynamodb";
import { Project } from "./project";
import { refused } from "./refused-run";

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

test("declaring the same version again changes nothing", async () => {
  const before = await row();
  expect(await project.up("--expect-no-changes")).toMatchObject({ code: 0 });
  expect(await row()).toEqual(before);
});

test("changing the declared version previews and makes the cut-over", async () => {
  project.write(program(2));
  const preview = await project.preview();
  expect(preview).toMatchObject({ code: 0 });
  expect(preview.output).toMatch(/~ version\s*: 1 => 2/);
  expect(preview.output).toMatch(/~ table\s*: "yaml_v1" => "yaml_v2"/);
  expect(await row()).toMatchObject({ version: 1 });

  const up = await project.up();
  expect(up).toMatchObject({ code: 0 });
  expect(up.output).toMatch(/1 updated/);
  expect(await row()).toMatchObject({ version: 2, previous: 1 });
  expect((await outputs()).activeTable).toBe("yaml_v2");
});

test("dropping the active version is refused in preview and in up", async () => {
  project.write(program(2).replace(/"2":[\s\S]*?activeVersion: 2/, ""));
  refused(await project.preview(), /orders-v2.*cannot be deleted\s+because it is protected/s);
  refused(await project.up(), /table "yaml_v2" must stay: version 2 is active since/);
});

test("a regression is refused in preview and in up, and nothing has changed", async () => {
  const before = { row: await row(), things: await project.things() };
  project.write(program(1));
  for (const run of [await project.preview(), await project.up()])
    refused(
      run,
      /version regressed: alias "yaml" is at version 2 \(set at .*Z by pulumi:test\/dev\), version 1 is not greater; declare version 2/,
    );
  expect({ row: await row(), things: await project.things() }).toEqual(before);
});

test.each([
  [
    "an active version without a table",
    (text: string) => text.replace("activeVersion: 2", "activeVersion: 3"),
    /activeVersion 3 is not valid: alias "yaml" declares no table for it \(versions: 1, 2\)/,
  ],
  [
    "an alias with a slash",
    (text: string) => text.replace("alias: yaml", "alias: a/b"),
    /alias "a\/b" is not valid/,
  ],
  [
    "an alias that is not known yet",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is Pulumi YAML's own
    (text: string) => text.replace("alias: yaml", "alias: ${control.arn}"),
    /alias \(an output of a resource\) is not valid: it must be known before anything is made/,
  ],
  [
    "an endpoint that does not answer",
    (text: string) =>
      text.replace(
        "activeVersion: 2",
        'activeVersion: 2\n      retention: { keep: 1 }\n      connection: { endpoint: "http://127.0.0.1:9" }',
      ),
    /has a problem: no answer from http:\/\/127.0.0.1:9 to ListTables: .*ECONNREFUSED/,
  ],
  [
    "versions that hold a word",
    (text: string) => text.replace('"2":', "two:"),
    /version "two" is not valid/,
  ],
])("preview refuses %s in one clear line", async (_name, change, line) => {
  project.write(change(program(2)));
  refused(await project.preview(), line);
});

test("destroy removes the tables and the stack's state", async () => {
  project.write(program(2, "forceDestroy: true"));
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await project.destroy()).toMatchObject({ code: 0 });
  expect(await project.state()).toEqual([]);
});
