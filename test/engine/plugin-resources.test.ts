import { findActive, setActive } from "../../src/pointer";
import { controlTable, dynamodb, versionTable } from "./dynamodb";
import { interruptible } from "./interrupted-up";
import { pausingProxy, requestsOf } from "./pausing-proxy";
import { Project } from "./project";
import { followedBy, messageOf, refusedInput } from "./refused-run";

const control = "resources_swap";
const row = (alias: string) => findActive({ client: dynamodb(), controlTable: control }, alias);
beforeAll(() => controlTable(control));

const active = (alias: string, version: number, more = "") => `
resources:
  ${alias}:
    type: swap:ActiveVersion
    properties:
      controlTable: ${control}
      alias: ${alias}
      version: ${version}
      ${more}
`;

async function yaml(program: string, env: NodeJS.ProcessEnv = {}): Promise<Project> {
  const project = new Project(program, { language: "yaml", env });
  await project.init();
  return project;
}

test("pulumi import adopts a pointer, and the program then declares it without a diff", async () => {
  await setActive({ client: dynamodb(), controlTable: control }, "adopted", 7, {
    actor: "a script",
  });
  const before = await row("adopted");
  const project = await yaml("resources: {}\n");
  const imported = await project.pulumi(
    "import",
    "swap:index:ActiveVersion",
    "adopted",
    `${control}/adopted`,
    "--yes",
    "--skip-preview",
  );
  expect(imported).toMatchObject({ code: 0 });
  expect(imported.output).toMatch(/type: swap:ActiveVersion/);
  expect(imported.output).toMatch(/version: 7/);
  expect(await project.resource("ActiveVersion::adopted")).toMatchObject({
    id: `${control}/adopted`,
    inputs: { alias: "adopted", controlTable: control, version: 7 },
    outputs: { version: 7, table: "adopted_v7", activatedBy: "a script" },
  });
  project.write(active("adopted", 7));
  expect(await project.up("--expect-no-changes")).toMatchObject({ code: 0 });
  expect(await row("adopted")).toEqual(before);
  project.remove();
});

test.each([
  [
    "an alias without a row",
    `${control}/nobody`,
    messageOf("swap.no-active-version", { alias: "nobody" }),
  ],
  [
    "a missing control table",
    "nowhere_swap/orders",
    messageOf("swap.control-table-missing", { controlTable: "nowhere_swap", region: "eu-west-1" }),
  ],
  [
    "another form",
    "orders",
    followedBy(refusedInput("id", '"orders"'), /<control table>\/<alias>/),
  ],
])("pulumi import refuses %s in one clear line", async (_name, id, line) => {
  const project = await yaml("resources: {}\n");
  const { code, output } = await project.pulumi(
    ...["import", "swap:index:ActiveVersion", "x", id, "--yes", "--skip-preview"],
  );
  expect(code).not.toBe(0);
  expect(output).toMatch(line);
  expect(output).not.toMatch(/^\s+at /m);
  project.remove();
});

test("a guard of a table that does not exist is not imported", async () => {
  const project = await yaml("resources: {}\n");
  const { code, output } = await project.pulumi(
    ...[
      "import",
      "swap:index:VersionGuard",
      "x",
      `${control}/watched/3`,
      "--yes",
      "--skip-preview",
    ],
  );
  expect(code).not.toBe(0);
  expect(output).toMatch(followedBy(refusedInput("id", `"${control}/watched/3"`), /"watched_v3"/));
  project.remove();
});

test("a guard is imported with the default grace", async () => {
  await versionTable("watched_v2");
  const project = await yaml("resources: {}\n");
  const imported = await project.pulumi(
    ...[
      "import",
      "swap:index:VersionGuard",
      "two",
      `${control}/watched/2`,
      "--yes",
      "--skip-preview",
    ],
  );
  expect(imported).toMatchObject({ code: 0 });
  expect((await project.resource("VersionGuard::two")).inputs).toMatchObject({
    table: "watched_v2",
    grace: "24h",
  });
  project.remove();
});

test("what a program marks secret stays secret", async () => {
  await versionTable("secretive_v1");
  const project = await yaml(
    active("secretive", 1, "reason: { fn::secret: of the highest secrecy }"),
  );
  expect(await project.up()).toMatchObject({ code: 0 });
  const { output } = await project.pulumi("stack", "export");
  expect(output).not.toContain("of the highest secrecy");
  const { inputs, outputs } = await project.resource("ActiveVersion::secretive");
  expect(inputs.reason).toHaveProperty("ciphertext");
  expect(outputs.reason).toHaveProperty("ciphertext");
  expect(await row("secretive")).toMatchObject({ version: 1 });
  project.remove();
});

describe("how DynamoDB is reached", () => {
  const blind = { AWS_ENDPOINT_URL_DYNAMODB: undefined, AWS_REGION: undefined };
  const endpoint = () => process.env.TEST_DYNAMODB as string;
  beforeAll(() => versionTable("reached_v1"));

  test("an explicit provider's endpoint and Region reach the handlers", async () => {
    const project = await yaml(
      `${active("reached", 1).trimEnd()}
    options:
      provider: \${here}
  here:
    type: pulumi:providers:swap
    properties: { endpoint: "${endpoint()}", region: eu-west-1 }
`,
      blind,
    );
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await row("reached")).toMatchObject({ version: 1 });
    expect(await project.refresh()).toMatchObject({ code: 0 });
    project.remove();
  });

  test("so does the stack's swap: configuration", async () => {
    const project = await yaml(active("reached", 1), blind);
    const { code, output } = await project.preview();
    expect(code).not.toBe(0);
    expect(output).toMatch(refusedInput("AWS region", "(none)"));
    await project.pulumi("config", "set", "swap:endpoint", endpoint());
    await project.pulumi("config", "set", "swap:region", "eu-west-1");
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await project.refresh()).toMatchObject({ code: 0 });
    project.remove();
  });

  test("a component passes on the stack's aws: configuration, which a destroy finds in the state", async () => {
    const project = await yaml(
      `
resources:
  reached:
    type: swap:VersionedTable
    properties:
      alias: bycomponent
      table: { hashKey: id, attributes: [{ name: id, type: S }] }
      versions: [1]
      activeVersion: 1
      retention: { keep: 1 }
      forceDestroy: true
`,
      blind,
    );
    await project.pulumi("config", "set", "aws:region", "eu-west-1");
    await project.pulumi("config", "set", "--path", "aws:endpoints[0].dynamodb", endpoint());
    expect(await project.up()).toMatchObject({ code: 0 });
    expect((await project.resource("ActiveVersion::reached")).inputs).toMatchObject({
      connection: { region: "eu-west-1", endpoint: endpoint() },
    });
    expect(await project.refresh("--expect-no-changes")).toMatchObject({ code: 0 });
    expect(await project.destroy()).toMatchObject({ code: 0 });
    project.remove();
  });
});

test("a wait for a gate shows its progress and ends when pulumi is interrupted", async () => {
  await versionTable("waiting_v1");
  const project = await yaml(
    active("waiting", 1, "readiness: { minItems: { count: 5 }, waitFor: 10m }"),
  );
  const up = interruptible(project);
  await up.shows(/waiting .*\d+ s .*minItems/);
  up.interrupt();
  const { code, output } = await up.ended();
  expect(code).not.toBe(0);
  expect(output).toMatch(
    messageOf("swap.not-ready", {
      gate: "minItems",
      reason: /interrupted.*"waiting_v1"\D+0\D+5\b/,
    }),
  );
  expect(await row("waiting")).toBeUndefined();
  project.remove();
});

test("an interrupt waits for a write that has been sent, and the state knows its outcome", async () => {
  await versionTable("sent_v1");
  const proxy = await pausingProxy(
    process.env.TEST_DYNAMODB as string,
    requestsOf("UpdateItem", control),
  );
  const project = await yaml(active("sent", 1), { AWS_ENDPOINT_URL_DYNAMODB: proxy.endpoint });
  const up = interruptible(project);
  await proxy.paused(1);
  const cancelling = up.shows(/\^C received; cancelling/);
  up.interrupt();
  await cancelling;
  proxy.resume();
  await up.ended();
  expect(await row("sent")).toMatchObject({ version: 1 });
  expect((await project.resource("ActiveVersion::sent")).outputs).toMatchObject({
    version: 1,
    table: "sent_v1",
  });
  project.remove();
  await proxy.stop();
});
