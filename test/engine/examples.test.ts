import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { BatchWriteItemCommand, DeleteItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { findActive, setActive } from "../../src/pointer";
import { swap } from "../cli/swap";
import { controlTable, dynamodb, versionTable } from "./dynamodb";
import { Project } from "./project";
import { pythonWithSdk, whyNoPython } from "./python";
import { messageOf, refused } from "./refused-run";

/** Orders of version 1. */
async function load(alias: string, count: number): Promise<void> {
  const items = Array.from({ length: count }, (_, n) => ({
    PutRequest: { Item: { orderId: { S: `o${n}` }, total: { N: "1" } } },
  }));
  await dynamodb().send(new BatchWriteItemCommand({ RequestItems: { [`${alias}_v1`]: items } }));
}

/** The demo's story: a copy half done, a stale item that is found and repaired, the cut-over, a regression. */
async function story(project: Project, alias: string, control: string): Promise<void> {
  const row = () => findActive({ client: dynamodb(), controlTable: control }, alias);
  const to = (version: number) => project.pulumi("config", "set", "activeVersion", `${version}`);
  const env = {
    AWS_ACCESS_KEY_ID: "local",
    AWS_ENDPOINT_URL_DYNAMODB: process.env.TEST_DYNAMODB as string,
    SWAP_CONTROL_TABLE: control,
  };
  const copy = ["migrate", "copy", alias, "--from", "1", "--to", "2"];
  const verify = ["verify", alias, "1", "2"];
  await project.init();
  await to(1);
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await row()).toMatchObject({ version: 1, foreign: false });

  await load(alias, 20);
  expect(await swap([...copy, "--json"], env)).toMatchObject({ code: 0 });
  // As if it had been stopped before these two.
  for (const id of ["o3", "o17"])
    await dynamodb().send(
      new DeleteItemCommand({ TableName: `${alias}_v2`, Key: { orderId: { S: id } } }),
    );
  await to(2);
  refused(await project.up(), messageOf("swap.not-ready", { version: 2, gate: "verify" }));
  expect(await swap(verify, env)).toMatchObject({
    code: 10,
    stdout: expect.stringMatching(/^missing +2 /m),
  });
  refused(
    await project.up(),
    messageOf("swap.not-ready", { version: 2, gate: "verify", reason: /.*2 missing/ }),
  );
  expect(await row()).toMatchObject({ version: 1 });

  expect(await swap([...copy, "--restart"], env)).toMatchObject({ code: 0 });
  await dynamodb().send(
    new PutItemCommand({
      TableName: `${alias}_v1`,
      Item: { orderId: { S: "o5" }, total: { N: "2" } },
    }),
  );
  expect(await swap(verify, env)).toMatchObject({
    code: 10,
    stdout: expect.stringMatching(/^different +1 +\{"orderId":"o5"\}$/m),
  });
  expect(await swap(["migrate", "repair", ...copy.slice(2)], env)).toMatchObject({ code: 0 });
  expect(await swap(verify, env)).toMatchObject({ code: 0 });

  const preview = await project.preview();
  expect(preview).toMatchObject({ code: 0 });
  expect(preview.output).toMatch(/~ version\s*: 1 => 2/);
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await row()).toMatchObject({ version: 2, previous: 1 });
  const { output } = await project.pulumi("stack", "output", "activeTable");
  expect(output.trim()).toBe(`${alias}_v2`);

  await to(1);
  const line = messageOf("swap.version-regressed", { requested: 1, active: 2 });
  refused(await project.preview(), line);
  refused(await project.up(), line);
  expect(await row()).toMatchObject({ version: 2 });

  await to(2);
  await project.pulumi("config", "set", "forceDestroy", "true");
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await project.destroy()).toMatchObject({ code: 0 });
  expect(await project.state()).toEqual([]);
}

test("the YAML example cuts over and refuses a regression, from a folder without node_modules", async () => {
  const project = Project.example("yaml");
  await story(project, "yaml-orders", "yaml_demo_swap");
  expect(existsSync(join(project.folder, "node_modules"))).toBe(false);
  project.remove();
});

/** The Python programs of the guide, against the generated SDK and mocks of the engine. */
function runPythonOfDocs(env: NodeJS.ProcessEnv): void {
  const mocks = `import pulumi
class Mocks(pulumi.runtime.Mocks):
    def new_resource(self, args):
        return [args.name, args.inputs]
    def call(self, args):
        return {}
pulumi.runtime.set_mocks(Mocks())
`;
  const guide = readFileSync(resolve(__dirname, "../../docs/plugin.md"), "utf8");
  const programs = [...guide.matchAll(/^```python\n(.*?)^```/gms)].map(([, program]) => program);
  expect(programs).not.toEqual([]);
  for (const program of programs)
    execFileSync(join(env.TEST_PYTHON_BIN as string, "python3"), ["-c", mocks + program]);
}

const noPython = whyNoPython();
if (noPython) console.warn(`the Python example is SKIPPED: ${noPython}`);
(noPython ? test.skip : test)("the Python example does the same with a generated SDK", async () => {
  const folder = mkdtempSync(join(tmpdir(), "pulumi-swap-python-"));
  const environment = pythonWithSdk(folder);
  runPythonOfDocs(environment);
  const project = Project.example("python", environment);
  await story(project, "python-orders", "python_demo_swap");
  await firstTable(project);
  project.remove();
  rmSync(folder, { recursive: true });
});

/** A table with another name becomes version 1 of a Python program, and then version 2 goes live. */
async function firstTable(project: Project): Promise<void> {
  const ref = { client: dynamodb(), controlTable: await controlTable("python_first_swap") };
  const table = await versionTable("python.customers");
  writeFileSync(
    join(project.folder, "__main__.py"),
    `import pulumi
import pulumi_swap as swap
customers = swap.VersionedTable(
    "customers", alias="customers", control_table="${ref.controlTable}",
    table=swap.VersionTableArgs(
        hash_key="id", attributes=[swap.TableAttributeArgs(name="id", type="S")]),
    versions={"1": swap.VersionArgs(name="${table}", adopt=True), "2": swap.VersionArgs()},
    active_version=pulumi.Config().require_int("activeVersion"),
)
pulumi.export("activeTable", customers.active_table)
`,
  );
  for (const [version, name] of [
    [1, table],
    [2, "customers_v2"],
  ] as const) {
    await project.pulumi("config", "set", "activeVersion", `${version}`);
    expect(await project.up()).toMatchObject({ code: 0 });
    expect((await project.pulumi("stack", "output", "activeTable")).output.trim()).toBe(name);
    expect(await findActive(ref, "customers")).toMatchObject({
      version,
      tableNames: { 1: table },
    });
  }
}

test("the import example adopts tables and a pointer that exist already, and moves it later", async () => {
  const ref = { client: dynamodb(), controlTable: await controlTable("legacy_swap") };
  for (const table of ["legacy_v7", "legacy_v8"]) await versionTable(table);
  await setActive(ref, "legacy", 7, { actor: "the script" });
  const before = await findActive(ref, "legacy");

  const project = Project.example("import");
  await project.init();
  await project.pulumi("config", "set", "activeVersion", "7");
  const up = await project.up();
  expect(up).toMatchObject({ code: 0 });
  expect(up.output).toMatch(/= 2 imported/);
  expect(await findActive(ref, "legacy")).toEqual(before);
  expect(await project.up("--expect-no-changes")).toMatchObject({ code: 0 });

  await project.pulumi("config", "set", "activeVersion", "8");
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await findActive(ref, "legacy")).toMatchObject({ version: 8, previous: 7 });
  project.remove();
});
