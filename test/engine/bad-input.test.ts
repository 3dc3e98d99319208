import { findActive } from "../../src/pointer";
import { controlTable, dynamodb, putRow, versionTable } from "./dynamodb";
import { Project } from "./project";
import { followedBy, messageOf, refusedInput } from "./refused-run";

const control = "badinput_swap";

const versioned = (args: string) => `
new swap.VersionedTable("orders", {
  alias: "badinput",
  controlTable: "${control}",
  table: { hashKey: "id", attributes: [{ name: "id", type: "S" }] },
  ${args}
});`;

const active = (args: string) =>
  `new swap.ActiveVersion("orders", { controlTable: "${control}", ${args} });`;

let project: Project;
beforeAll(async () => {
  await controlTable(control);
  project = new Project("");
  await project.init();
});
afterAll(() => project.remove());

/** The one line that a refused preview shows; the run must fail, without a stack trace. */
async function refusal(program: string, run: () => Promise<{ code: number; output: string }>) {
  project.write(program);
  const { code, output } = await run();
  expect(code).not.toBe(0);
  expect(output).not.toMatch(/^\s+at .*\(/m);
  expect(output).not.toMatch(/node:internal|Unhandled/);
  const lines = output.split("\n").filter((line) => line.includes("error: "));
  expect(lines.length).toBeGreaterThan(0);
  return lines.join("\n");
}

const preview = (program: string) => refusal(program, () => project.preview());

test.each([
  ["an alias with a slash", active('alias: "a/b", version: 1'), refusedInput("alias", '"a/b"')],
  [
    "version 2^53",
    active('alias: "x", version: 2**53'),
    refusedInput("version", "9007199254740992"),
  ],
  ['version "4"', active('alias: "x", version: "4"'), refusedInput("version", '"4"')],
  ["version NaN", active('alias: "x", version: NaN'), messageOf("swap.version-out-of-range", {})],
  [
    "onDelete",
    active('alias: "x", version: 1, onDelete: "drop"'),
    refusedInput("onDelete", '"drop"'),
  ],
  [
    "another table",
    active('alias: "x", version: 2, table: "x_v3"'),
    followedBy(refusedInput("table", '"x_v3"'), /"x_v2"/),
  ],
  [
    "an endpoint",
    active('alias: "x", version: 1, connection: { endpoint: "localhost:8000" }'),
    refusedInput("endpoint", '"localhost:8000"'),
  ],
  [
    "a missing control table",
    'new swap.ActiveVersion("o", { controlTable: "nowhere_swap", alias: "x", version: 1 });',
    messageOf("swap.control-table-missing", { controlTable: "nowhere_swap", region: "eu-west-1" }),
  ],
  [
    "an unreachable endpoint",
    active('alias: "x", version: 1, connection: { endpoint: "http://127.0.0.1:9" }'),
    messageOf("swap.unreachable", {
      endpoint: "http://127.0.0.1:9",
      action: "GetItem",
      reason: /.*ECONNREFUSED/,
    }),
  ],
])("preview refuses %s in one clear line", async (_name, program, expected) => {
  expect(await preview(program)).toMatch(expected);
});

test.each([
  ["an alias with a slash", 'alias: "a/b", versions: [1]', refusedInput("alias", '"a/b"')],
  ["no version", "versions: []", refusedInput("versions", "(none)")],
  ["a version twice", "versions: [1, 1]", refusedInput("versions", "1")],
  ["a version that is text", 'versions: ["4"]', refusedInput("version", '"4"')],
  ["a padded version", 'versions: { "04": {} }', refusedInput("version", '"04"')],
  [
    "an active version without a table",
    "versions: [1, 2], activeVersion: 3",
    followedBy(refusedInput("activeVersion", "3"), /"badinput".*\b1, 2\b/),
  ],
])("VersionedTable refuses %s in one clear line", async (_name, args, expected) => {
  expect(await preview(versioned(args))).toMatch(expected);
});

test.each([
  [
    "no ver",
    "nover",
    {},
    messageOf("swap.malformed-row", { alias: "nover", attribute: "ver", found: "nothing" }),
  ],
  [
    "a string ver",
    "strver",
    { ver: { S: "4" } },
    messageOf("swap.malformed-row", { alias: "strver", attribute: "ver", found: '"4" (S)' }),
  ],
  [
    "a ver beyond 2^53-1",
    "bigver",
    { ver: { N: "9007199254740993" } },
    messageOf("swap.version-out-of-range", {
      alias: "bigver",
      value: "9007199254740993",
      source: "row",
    }),
  ],
])("preview refuses a row with %s", async (_name, alias, row, expected) => {
  await putRow(control, alias, row);
  expect(await preview(active(`alias: "${alias}", version: 7`))).toMatch(expected);
});

test("up refuses a version without a table, and the pointer is unchanged", async () => {
  await versionTable("untabled_v1");
  await putRow(control, "untabled", { ver: { N: "1" }, at: { N: "1" } });
  const line = await refusal(active('alias: "untabled", version: 2'), () => project.up());
  expect(line).toMatch(
    messageOf("swap.not-ready", {
      alias: "untabled",
      version: 2,
      gate: "table",
      reason: /.*"untabled_v2"/,
    }),
  );
  const ref = { client: dynamodb(), controlTable: control };
  expect(await findActive(ref, "untabled")).toMatchObject({ version: 1 });
  expect(await project.things()).toEqual([]);
});

test("preview without credentials says which call was refused and what to provide", async () => {
  const bare = new Project(active('alias: "x", version: 1'), {
    env: {
      AWS_ACCESS_KEY_ID: undefined,
      AWS_SECRET_ACCESS_KEY: undefined,
      AWS_EC2_METADATA_DISABLED: "true",
    },
  });
  try {
    await bare.init();
    const { code, output } = await bare.preview();
    expect(code).not.toBe(0);
    expect(output).toMatch(
      messageOf("swap.access-denied", {
        action: "GetItem",
        resource: control,
        reason: /.*credentials/,
      }),
    );
    expect(output).not.toMatch(/^\s+at .*\(/m);
  } finally {
    bare.remove();
  }
});

test("preview in a wrong region names the region", async () => {
  const far = new Project(active('alias: "x", version: 1'), {
    env: { AWS_REGION: "eu-nowhere-9", AWS_ENDPOINT_URL_DYNAMODB: undefined },
  });
  try {
    await far.init();
    const { code, output } = await far.preview();
    expect(code).not.toBe(0);
    expect(output).toMatch(
      messageOf("swap.unreachable", { endpoint: /.*eu-nowhere-9/, action: "GetItem" }),
    );
    expect(output).not.toMatch(/^\s+at .*\(/m);
  } finally {
    far.remove();
  }
});
