import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findActive, setActive } from "../../src/pointer";
import { controlTable, dynamodb, versionTable } from "./dynamodb";
import { Project } from "./project";

const control = "serialized_swap";
const ref = { client: dynamodb(), controlTable: control };

/** What `pulumi.dynamic.Resource` makes of a provider that requires the handlers, in full. */
const serialized = readFileSync(join(__dirname, "../recorded/serialized-provider.txt"), "utf8");

const program = `new swap.ActiveVersion("kept", { controlTable: "${control}", alias: "serialized", version: 2, onDelete: "release" });`;

let project: Project;
beforeAll(async () => {
  await controlTable(control);
  for (const version of [2, 3]) await versionTable(`serialized_v${version}`);
  project = new Project(program);
  await project.init();
  expect(await project.up()).toMatchObject({ code: 0 });
  await record();
});
afterAll(() => project.remove());

/** Puts the serialized provider in the place of the named one, in inputs and outputs. */
async function record(): Promise<void> {
  const file = join(project.folder, "state.json");
  const { output } = await project.pulumi("stack", "export");
  const state = JSON.parse(output);
  for (const { inputs, outputs } of state.deployment.resources)
    if (inputs?.__provider) inputs.__provider = outputs.__provider = serialized;
  writeFileSync(file, JSON.stringify(state));
  expect(await project.pulumi("stack", "import", "--file", file)).toMatchObject({ code: 0 });
}

const provider = async () => (await project.resource("ActiveVersion::kept")).outputs.__provider;

test("a state with a serialized provider previews and runs without a change", async () => {
  expect(await provider()).toBe(serialized);
  expect(await project.preview("--expect-no-changes")).toMatchObject({ code: 0 });
  expect(await project.up("--expect-no-changes")).toMatchObject({ code: 0 });
});

test("the serialized provider runs the installed handlers on refresh and destroy", async () => {
  await setActive(ref, "serialized", 3);
  expect(await project.refresh()).toMatchObject({ code: 0 });
  const { outputs } = await project.resource("ActiveVersion::kept");
  expect(outputs).toMatchObject({ version: 3, table: "serialized_v3", __provider: serialized });
  expect(await project.destroy()).toMatchObject({ code: 0 });
  expect(await findActive(ref, "serialized")).toBeUndefined();
});
