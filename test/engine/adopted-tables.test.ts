import {
  CreateTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  ListTagsOfResourceCommand,
  TagResourceCommand,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import { controlTable, dynamodb, tableExists, versionTable } from "./dynamodb";
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
