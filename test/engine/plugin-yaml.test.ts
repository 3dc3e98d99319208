import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  outputsOf,
  rowOf,
  type Story,
  testCutOver,
  testDestroy,
  testRegression,
} from "./cut-over-story";
import { Project } from "./project";
import { followedBy, messageOf, refused, refusedInput } from "./refused-run";

const control = "yaml_swap";

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
  alarms:
    type: swap:CutoverAlarms
    properties:
      alias: yaml
      controlTable: \${control.name}
      migratingTo: 2
      topics: ["arn:aws:sns:eu-west-1:123456789012:on-call"]
outputs:
  alarms: \${alarms.alarms}
  activeTable: \${orders.activeTable}
  environment: \${orders.environment}
  versions: \${orders.versions}
  reader: \${orders.readerPolicy}
`;

const project = new Project(program(1), { language: "yaml" });
beforeAll(() => project.init());
afterAll(() => project.remove());

const story: Story = {
  alias: "yaml",
  controlTable: control,
  project,
  program,
  forceDestroy: "forceDestroy: true",
};

test("a YAML program without node_modules makes version 1 live", async () => {
  const preview = await project.preview();
  expect(preview).toMatchObject({ code: 0 });
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await rowOf(story)).toMatchObject({ version: 1, by: "pulumi:test/dev", foreign: false });
  expect(existsSync(join(project.folder, "node_modules"))).toBe(false);
  expect(await outputsOf(project)).toMatchObject({
    activeTable: "yaml_v1",
    environment: { SWAP_CONTROL_TABLE: control, SWAP_ALIAS: "yaml" },
    versions: { 1: { name: "yaml_v1" }, 2: { name: "yaml_v2" } },
    reader: expect.stringContaining(`table/${control}`),
    alarms: {
      stale: expect.stringContaining("alarms-stale"),
      parked: expect.stringContaining("alarms-parked"),
    },
  });
});

testCutOver(story);

test("dropping the active version is refused in preview and in up", async () => {
  project.write(program(2).replace(/"2":[\s\S]*?activeVersion: 2/, ""));
  const line = followedBy(
    messageOf("swap.version-in-use", { table: "yaml_v2", reason: /.*\bactive\b/ }),
    /keep 2 in versions/,
  );
  refused(await project.preview(), line);
  refused(await project.up(), line);
});

testRegression(story);

test.each([
  [
    "an active version without a table",
    (text: string) => text.replace("activeVersion: 2", "activeVersion: 3"),
    followedBy(refusedInput("activeVersion", "3"), /"yaml".*\b1, 2\b/),
  ],
  [
    "an alias with a slash",
    (text: string) => text.replace("alias: yaml", "alias: a/b"),
    refusedInput("alias", '"a/b"'),
  ],
  [
    "an alias that is not known yet",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is Pulumi YAML's own
    (text: string) => text.replace("alias: yaml", "alias: ${control.arn}"),
    refusedInput("alias", "(an output of a resource)"),
  ],
  [
    "an endpoint that does not answer",
    (text: string) =>
      text.replace(
        "activeVersion: 2",
        'activeVersion: 2\n      retention: { keep: 1 }\n      connection: { endpoint: "http://127.0.0.1:9" }',
      ),
    messageOf("swap.unreachable", {
      endpoint: "http://127.0.0.1:9",
      action: "DescribeTable",
      reason: /.*ECONNREFUSED/,
    }),
  ],
  [
    "events to what is no event bus",
    (text: string) => text.replace("deletionProtection: false", "events: ops"),
    refusedInput("events", '"ops"'),
  ],
  [
    "an alarm to what is no topic",
    (text: string) => text.replace("arn:aws:sns:eu-west-1:123456789012:on-call", "on-call"),
    refusedInput("topics", '"on-call"'),
  ],
  [
    "versions that hold a word",
    (text: string) => text.replace('"2":', "two:"),
    refusedInput("version", '"two"'),
  ],
])("preview refuses %s in one clear line", async (_name, change, line) => {
  project.write(change(program(2)));
  refused(await project.preview(), line);
});

testDestroy(story);
