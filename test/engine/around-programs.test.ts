import { execFile } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { DescribeTableCommand, ListTagsOfResourceCommand } from "@aws-sdk/client-dynamodb";
import { findActive } from "../../src/pointer";
import { controlTable, dynamodb } from "./dynamodb";
import { Project, temporaryFolder } from "./project";
import { refused } from "./refused-run";

const checkout = resolve(__dirname, "../..");
const control = "programs_swap";
const ref = { client: dynamodb(), controlTable: control };
beforeAll(() => controlTable(control));

const projects: Project[] = [];
afterAll(() => {
  for (const project of projects) project.remove();
});

async function stack(text: string): Promise<Project> {
  const project = new Project(text);
  projects.push(project);
  await project.init();
  return project;
}

async function tagsOf(table: string): Promise<Record<string, string>> {
  const client = dynamodb();
  const { Table } = await client.send(new DescribeTableCommand({ TableName: table }));
  const { Tags = [] } = await client.send(
    new ListTagsOfResourceCommand({ ResourceArn: Table?.TableArn }),
  );
  return Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value]));
}

// A transform of the whole stack is the same, but the language host of these tests does not pass it on.
test.each([
  [
    "a stack transformation",
    "transformed",
    "pulumi.runtime.registerStackTransformation(addTags);",
    "{}",
  ],
  ["a resource transform", "transforms", "", "{ transforms: [addTags] }"],
])("%s adds tags to plain ones, and finds names plain", async (_what, alias, register, opts) => {
  const project = await stack(`
const addTags = (args) => {
  if (args.type === "aws:dynamodb/table:Table")
    return { props: { ...args.props, tags: { ...args.props.tags, cost: "shop" } }, opts: args.opts };
  if (/swap.*:(ActiveVersion|VersionGuard)$/.test(args.type) && typeof args.props.controlTable !== "string")
    throw new Error("the control table's name is no text");
  if (/swap.*:ActiveVersion$/.test(args.type) && typeof args.props.reason !== "string")
    throw new Error("the reason is no text");
  return undefined;
};
${register}
new swap.VersionedTable("data", {
  alias: "${alias}", controlTable: "${control}", versions: [1], activeVersion: 1, reason: "first",
  tags: { team: "orders" }, retention: { keep: 1 },
  table: { hashKey: "id", attributes: [{ name: "id", type: "S" }] },
}, ${opts});`);
  const { code, output } = await project.up();
  if (code !== 0) throw new Error(output);
  expect(await tagsOf(`${alias}_v1`)).toMatchObject({ team: "orders", cost: "shop" });
});

/** A folder from which only a wrapper is found, as strict package managers lay it out. */
async function wrapped(from: string): Promise<Project> {
  const project = await stack("");
  const store = join(project.folder, "store/platform");
  const modules = join(project.folder, "node_modules");
  mkdirSync(join(store, "node_modules"), { recursive: true });
  symlinkSync(checkout, join(store, "node_modules/pulumi-swap"));
  symlinkSync(join(checkout, "node_modules/@pulumi"), join(store, "node_modules/@pulumi"));
  writeFileSync(join(store, "package.json"), '{ "name": "@acme/platform", "main": "index.js" }');
  writeFileSync(join(store, "index.js"), `module.exports = require("${from}");`);
  rmSync(join(modules, "pulumi-swap"), { recursive: true });
  mkdirSync(join(modules, "@acme"));
  symlinkSync(store, join(modules, "@acme/platform"));
  writeFileSync(
    join(project.folder, "index.js"),
    `const { ActiveVersion } = require("@acme/platform");
new ActiveVersion("swap", { alias: "wrapped", controlTable: "${control}", version: 1, readiness: { table: false } });`,
  );
  return project;
}

test("a program that finds only a wrapper of the package gets one line with the fix", async () => {
  const project = await wrapped("pulumi-swap");
  const line = /pulumi-swap .*package\.json/;
  refused(await project.preview(), line);
  refused(await project.up(), line);
  // As the line says.
  symlinkSync(checkout, join(project.folder, "node_modules/pulumi-swap"));
  expect(await project.preview()).toMatchObject({ code: 0 });
});

test("a wrapper of the plugin's resources needs nothing of the program", async () => {
  expect(await (await wrapped("pulumi-swap/plugin")).preview()).toMatchObject({ code: 0 });
});

/** Runs an inline program of the Automation API, which has no working directory of its own. */
async function inline(startedIn?: string): Promise<{ code: number; output: string }> {
  const project = await stack("");
  const script = join(project.folder, "inline.js");
  writeFileSync(
    script,
    `const { LocalWorkspace } = require("@pulumi/pulumi/automation");
const { ActiveVersion } = require("pulumi-swap");
const program = async () => {
  new ActiveVersion("swap", { alias: "inline", controlTable: "${control}", version: 1, readiness: { table: false } });
};
LocalWorkspace.createOrSelectStack({ stackName: "inline", projectName: "inline", program })
  .then((stack) => stack.up({ onOutput: console.log }))
  .catch((error) => { console.error(error.message); process.exitCode = 1; });`,
  );
  return new Promise((done) => {
    execFile(
      process.execPath,
      [script],
      { cwd: startedIn ?? project.folder, env: project.env },
      (error, stdout, stderr) => done({ code: error ? 1 : 0, output: stdout + stderr }),
    );
  });
}

test("an inline program works when started next to its node_modules, and is refused elsewhere", async () => {
  const elsewhere = await inline(temporaryFolder());
  expect(elsewhere.code).not.toBe(0);
  expect(elsewhere.output).toMatch(/folder .*pulumi-swap .*node_modules/);
  expect(await findActive(ref, "inline")).toBeUndefined();
  const { code, output } = await inline();
  expect([code, output]).toEqual([0, expect.any(String)]);
  expect(await findActive(ref, "inline")).toMatchObject({ version: 1 });
});
