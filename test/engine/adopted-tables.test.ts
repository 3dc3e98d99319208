import {
  CreateTableCommand,
  DeleteItemCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  ListTagsOfResourceCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import { findActive, getActive } from "../../src/pointer";
import { controlTable, dynamodb, goSet, tableExists, versionTable } from "./dynamodb";
import { Project } from "./project";
import { followedBy, refused, refusedInput } from "./refused-run";

const control = "adopting_swap";
beforeAll(() => controlTable(control));

const KEY = 'hashKey: "id", attributes: [{ name: "id", type: "S" }]';

const program = (
  alias: string,
  version: string,
  { table = KEY, name = "data", rest = "", opts = "{}" } = {},
) => `
new swap.VersionedTable("${name}", {
  alias: "${alias}", controlTable: "${control}", table: { ${table} }, versions: { 3: ${version} }, ${rest}
}, ${opts});`;

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
  return project;
}

/** What a table is like, as far as an adoption could change it. */
async function settingsOf(name: string) {
  const client = dynamodb();
  const { Table } = await client.send(new DescribeTableCommand({ TableName: name }));
  const { TimeToLiveDescription } = await client.send(
    new DescribeTimeToLiveCommand({ TableName: name }),
  );
  const { Tags } = await client.send(
    new ListTagsOfResourceCommand({ ResourceArn: Table?.TableArn }),
  );
  const { DeletionProtectionEnabled: _, TableSizeBytes: _size, ...table } = Table ?? {};
  return { table, ttl: TimeToLiveDescription, tags: Tags };
}

/** A table that somebody made by hand, with what a program may forget. */
async function handMade(name: string): Promise<string> {
  const client = dynamodb();
  const { TableDescription } = await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [
        { AttributeName: "id", AttributeType: "S" },
        { AttributeName: "customer", AttributeType: "S" },
      ],
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      GlobalSecondaryIndexes: [
        {
          IndexName: "byCustomer",
          KeySchema: [{ AttributeName: "customer", KeyType: "HASH" }],
          Projection: { ProjectionType: "KEYS_ONLY" },
        },
      ],
      StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_IMAGE" },
    }),
  );
  await waitUntilTableExists({ client, maxWaitTime: 60, minDelay: 1 }, { TableName: name });
  await client.send(
    new UpdateTimeToLiveCommand({
      TableName: name,
      TimeToLiveSpecification: { AttributeName: "expires", Enabled: true },
    }),
  );
  await client.send(
    new TagResourceCommand({
      ResourceArn: TableDescription?.TableArn,
      Tags: [{ Key: "team", Value: "orders" }],
    }),
  );
  return name;
}

const AS_IT_IS = `hashKey: "id",
  attributes: [{ name: "id", type: "S" }, { name: "customer", type: "S" }],
  globalSecondaryIndexes: [{ name: "byCustomer", hashKey: "customer", projectionType: "KEYS_ONLY" }],
  streamEnabled: true, streamViewType: "NEW_IMAGE", ttl: { attributeName: "expires", enabled: true },
  tags: { team: "orders" }`;

test("an adoption that would change the table is refused with each line to write, in preview and up", async () => {
  await handMade("forgotten_v3");
  const before = await settingsOf("forgotten_v3");
  const project = await stack(program("forgotten", "{ adopt: true }"));
  const line = new RegExp(
    [
      refusedInput("versions.3.adopt", "true").source,
      '.*"forgotten_v3".*declare .*globalSecondaryIndexes: .*byCustomer',
      '.*streamEnabled: true, streamViewType: "NEW_IMAGE"',
      '.*ttl: \\{ attributeName: "expires", enabled: true \\}',
      '.*tags\\["team"\\]: "orders"',
    ].join(""),
  );
  refused(await project.preview(), line);
  refused(await project.up(), line);
  expect(await settingsOf("forgotten_v3")).toEqual(before);
  expect((await project.things()).map(({ type }) => type)).not.toContain(
    "aws:dynamodb/table:Table",
  );
});

test("a table declared with its present settings is adopted without a change; adopt does nothing afterwards", async () => {
  await handMade("asitis_v3");
  const before = await settingsOf("asitis_v3");
  const project = await stack(program("asitis", "{ adopt: true }", { table: AS_IT_IS }));
  expect(await project.preview()).toMatchObject({ code: 0 });
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await settingsOf("asitis_v3")).toEqual(before);
  expect(await project.preview("--expect-no-changes")).toMatchObject({ code: 0 });

  // A change is an ordinary update by now.
  const without = AS_IT_IS.replace(/streamEnabled.*"NEW_IMAGE", /, "");
  project.write(program("asitis", "{ adopt: true }", { table: without }));
  expect(await project.up()).toMatchObject({ code: 0 });
  expect((await settingsOf("asitis_v3")).table.StreamSpecification?.StreamEnabled ?? false).toBe(
    false,
  );
  // So it is under a new name with an alias; without one the table would be another resource's to delete.
  const renamed = { table: without, name: "orders" };
  project.write(
    program("asitis", "{ adopt: true }", { ...renamed, opts: '{ aliases: [{ name: "data" }] }' }),
  );
  expect(await project.preview("--expect-no-changes")).toMatchObject({ code: 0 });
  project.write(program("asitis", "{ adopt: true }", renamed));
  refused(await project.preview(), /"asitis_v3".*\burn:/);
});

test("what an adoption adds is announced: further tags", async () => {
  await versionTable("added_v3");
  const project = await stack(
    program("added", "{ adopt: true }", { rest: 'tags: { team: "orders" }' }),
  );
  const { code, output } = await project.up();
  expect([code, output]).toEqual([0, expect.stringMatching(/"added_v3" is adopted.*tag team/)]);
  expect((await settingsOf("added_v3")).tags).toEqual([{ Key: "team", Value: "orders" }]);
});

test("adopting a missing table is refused, and nothing is created", async () => {
  const project = await stack(program("absent", "{ adopt: true }"));
  refused(
    await project.preview(),
    followedBy(refusedInput("versions.3.adopt", "true"), /"absent_v3"/),
  );
  refused(await project.up(), followedBy(refusedInput("versions.3.adopt", "true"), /"absent_v3"/));
  expect(await tableExists("absent_v3")).toBe(false);
});

test("a YAML program gets the same line, without a stack trace", async () => {
  await handMade("yaml-adopted_v3");
  const yaml = (table: string) => `resources:
  data:
    type: swap:VersionedTable
    properties:
      alias: yaml-adopted
      controlTable: ${control}
      table: ${table}
      versions: { "3": { adopt: true } }
`;
  const project = await stack(yaml("{ hashKey: id, attributes: [{ name: id, type: S }] }"), {
    language: "yaml",
  });
  refused(
    await project.preview(),
    /"yaml-adopted_v3".*ttl: \{ attributeName: "expires", enabled: true \}/,
  );
  refused(
    await project.up(),
    followedBy(refusedInput("versions.3.adopt", "true"), /"yaml-adopted_v3"/),
  );
  project.write(yaml(`{ ${AS_IT_IS.replace(/\n/g, " ")} }`));
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await project.preview("--expect-no-changes")).toMatchObject({ code: 0 });
});

const outputsOf = async (project: Project) =>
  JSON.parse((await project.pulumi("stack", "output", "--json")).output) as Record<string, unknown>;

/** A program whose version 1 is a table with another name; all parts are text of the program. */
const firstNamed = (alias: string, versions: string, rest: string) => `
const data = new swap.VersionedTable("data", {
  alias: "${alias}", controlTable: "${control}", table: { ${AS_IT_IS} }, versions: ${versions}, ${rest}
});
exports.versions = data.versions;
exports.policy = data.readerPolicy;`;

test("a hand-made table becomes version 1 under its own name; the first cut-over moves the pointer", async () => {
  const table = await handMade("clients");
  const before = await settingsOf(table);
  const first = `1: { name: "${table}", adopt: true }`;
  const ref = { client: dynamodb(), controlTable: control };
  const project = await stack(firstNamed("people", `{ ${first} }`, "activeVersion: 1"));

  const preview = await project.preview();
  expect(preview).toMatchObject({ code: 0 });
  expect(preview.output).toContain(`people_v1`);
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await settingsOf(table)).toEqual(before);
  expect(await tableExists("people_v1")).toBe(false);
  expect(await getActive(ref, "people")).toMatchObject({
    version: 1,
    tableNames: { 1: table },
    by: expect.stringContaining("pulumi:"),
  });
  expect(await outputsOf(project)).toMatchObject({
    versions: { 1: { name: table } },
    policy: expect.stringContaining(`table/${table}`),
  });
  expect(await project.preview("--expect-no-changes")).toMatchObject({ code: 0 });

  // Neither another name, nor none, is taken for the version later.
  for (const [other, value] of [
    ['{ name: "customers" }', '"customers"'],
    ["{}", "(left out)"],
  ] as const) {
    project.write(firstNamed("people", `{ 1: ${other} }`, "activeVersion: 1"));
    refused(await project.preview(), new RegExp(refusedInput("versions.1.name", value).source));
  }

  project.write(firstNamed("people", `{ ${first}, 2: {} }`, "activeVersion: 2"));
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await getActive(ref, "people")).toMatchObject({ version: 2, previous: 1 });

  project.write(firstNamed("people", `{ ${first}, 2: {} }`, "activeVersion: 1, rollbackFrom: 2"));
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await getActive(ref, "people")).toMatchObject({ version: 1, tableNames: { 1: table } });

  // The version in use, and then in its grace period, keeps its table.
  project.write(firstNamed("people", "{ 2: {} }", ""));
  const removed = await project.preview();
  refused(removed, new RegExp(`"${table}"`));
  const keep = (count: number) =>
    `activeVersion: 3, retention: { keep: ${count}, grace: "0s", readersRefresh: "0s" }`;
  project.write(firstNamed("people", `{ ${first}, 2: {}, 3: {} }`, keep(2)));
  expect(await project.up()).toMatchObject({ code: 0 });
  project.write(firstNamed("people", "{ 3: {} }", keep(2)));
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await tableExists(table)).toBe(true);
  expect(await outputsOf(project)).toMatchObject({ versions: { 1: { name: table } } });
  expect(await project.preview("--expect-no-changes")).toMatchObject({ code: 0 });
  project.write(firstNamed("people", "{ 3: {} }", keep(0)));
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await tableExists(table)).toBe(false);
  expect((await getActive(ref, "people")).retired).toContain(1);
});

test("a version 2 declared at once goes live from the hand-made table", async () => {
  const table = await handMade("accounts-2019");
  const project = await stack(
    firstNamed("accounts", `{ 1: { name: "${table}", adopt: true }, 2: {} }`, "activeVersion: 2"),
  );
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await getActive({ client: dynamodb(), controlTable: control }, "accounts")).toMatchObject({
    version: 2,
    previous: 1,
    history: [{ version: 1, kind: "seed" }, { version: 2 }],
    tableNames: { 1: table },
  });
});

test("without an activeVersion the row is there once the table is adopted", async () => {
  const table = await handMade("invoices.old");
  const project = await stack(
    firstNamed("invoices", `{ 1: { name: "${table}", adopt: true } }`, ""),
  );
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await getActive({ client: dynamodb(), controlTable: control }, "invoices")).toMatchObject({
    version: 1,
    tableNames: { 1: table },
  });
});

test("a YAML program has a hand-made table as version 1, and cuts over from it", async () => {
  const table = await handMade("subscribers");
  const before = await settingsOf(table);
  const ref = { client: dynamodb(), controlTable: control };
  const yaml = (versions: string, active: number) => `resources:
  data:
    type: swap:VersionedTable
    properties:
      alias: yaml-named
      controlTable: ${control}
      table: { ${AS_IT_IS.replace(/\n/g, " ")} }
      versions: ${versions}
      activeVersion: ${active}
outputs:
  versions: \${data.versions}
  policy: \${data.readerPolicy}
`;
  const other = await handMade("members");
  const first = (name: string) => `"1": { name: ${name}, adopt: true }`;
  const project = await stack(yaml(`{ ${first(table)} }`, 1), { language: "yaml" });
  expect(await project.preview()).toMatchObject({ code: 0 });
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await settingsOf(table)).toEqual(before);
  expect(await getActive(ref, "yaml-named")).toMatchObject({
    version: 1,
    tableNames: { 1: table },
  });
  expect(await outputsOf(project)).toMatchObject({
    versions: { 1: { name: table } },
    policy: expect.stringContaining(`table/${table}`),
  });
  expect(await project.preview("--expect-no-changes")).toMatchObject({ code: 0 });

  project.write(yaml(`{ ${first(other)} }`, 1));
  refused(await project.preview(), refusedInput("versions.1.name", `"${other}"`));

  project.write(yaml(`{ ${first(table)}, "2": {} }`, 2));
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await getActive(ref, "yaml-named")).toMatchObject({
    version: 2,
    previous: 1,
    tableNames: { 1: table },
  });
});

test("a guard that is replaced leaves the row as it is, and makes none in place of a lost one", async () => {
  const table = await handMade("parcels");
  const ref = { client: dynamodb(), controlTable: control };
  const project = await stack(
    firstNamed("replaced", `{ 1: { name: "${table}", adopt: true }, 2: {} }`, ""),
  );
  expect(await project.up()).toMatchObject({ code: 0 });
  await goSet(control, "replaced", 2);
  const guard = (await project.things()).find(
    ({ type, urn }) => type.includes("VersionGuard") && urn.endsWith("data-v1"),
  );
  const replace = ["--replace", guard?.urn as string];
  expect(await project.up(...replace)).toMatchObject({ code: 0 });
  expect(await getActive(ref, "replaced")).toMatchObject({ version: 2, tableNames: { 1: table } });

  await dynamodb().send(
    new DeleteItemCommand({ TableName: control, Key: { pk: { S: "replaced" } } }),
  );
  const line = followedBy(refusedInput("activeVersion", "(left out)"), /"replaced" has no row/);
  refused(await project.preview(...replace), line);
  refused(await project.up(...replace), line);
  expect(await findActive(ref, "replaced")).toBeUndefined();
  expect(await tableExists(table)).toBe(true);
});

test("a table that another stack owns is refused, also behind another control table", async () => {
  const table = await handMade("twice");
  const owned = (name: string, rest = "") =>
    firstNamed("owned", `{ 1: { name: "${table}", adopt: true } }`, rest).replaceAll(control, name);
  const keep = "activeVersion: 1, retention: { keep: 1 }";
  const owner = await stack(owned(control, keep));
  expect(await owner.up()).toMatchObject({ code: 0 });

  const other = await controlTable("adopting_elsewhere_swap");
  const second = await stack(owned(other, keep), { name: "elsewhere" });
  const tag = (await settingsOf(table)).tags?.find(({ Key }) => Key === "pulumi-swap:owner");
  expect(tag?.Value).toMatch(/^test\//);
  const line = followedBy(
    refusedInput("versions.1.adopt", "true"),
    new RegExp(`"${tag?.Value}" .*manages it`),
  );
  for (const rest of ["", keep]) {
    second.write(owned(other, rest));
    refused(await second.preview(), line);
    refused(await second.up(), line);
  }
  expect(await findActive({ client: dynamodb(), controlTable: other }, "owned")).toBeUndefined();

  // The tag decides nothing once somebody deletes it.
  const { table: description } = await settingsOf(table);
  await dynamodb().send(
    new UntagResourceCommand({
      ResourceArn: description.TableArn,
      TagKeys: ["pulumi-swap:owner"],
    }),
  );
  expect(await second.preview()).toMatchObject({ code: 0 });
});

test("a name that readers could mistake is refused in the preview", async () => {
  const table = await handMade("mistaken");
  const program = (alias: string, name = table) =>
    firstNamed(alias, `{ 1: { name: "${name}", adopt: true } }`, "activeVersion: 1");
  await versionTable("taken_v1");
  const conventional = await stack(program("taken"));
  refused(await conventional.preview(), /"taken_v1" exists/);

  const project = await stack(program("mistaken"));
  expect(await project.up()).toMatchObject({ code: 0 });
  const second = await stack(program("other"));
  refused(await second.preview(), /version 1 of alias "mistaken"/);
  for (const name of ["orders_v3", control, "a/b"]) {
    second.write(program("other", name));
    refused(await second.preview(), refusedInput("versions.1.name", JSON.stringify(name)));
  }
});
