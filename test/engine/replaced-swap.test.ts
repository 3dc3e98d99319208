import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { DeleteItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { findActive } from "../../src/pointer";
import { controlTable, dynamodb, goSet } from "./dynamodb";
import { Project } from "./project";
import { refused, refusedInput } from "./refused-run";

const control = "replaced_swap";
const row = (alias: string) => findActive({ client: dynamodb(), controlTable: control }, alias);
beforeAll(() => controlTable(control));

/** A program with one swap and no tables. */
const program = (
  alias: string,
  { name = "swap", version = 1, onDelete = "release", opts = "{}" },
) =>
  `new swap.ActiveVersion("${name}", {
    alias: "${alias}", controlTable: "${control}", version: ${version}, onDelete: "${onDelete}",
    readiness: { table: false },
  }, ${opts});`;

const projects: Project[] = [];
afterAll(() => {
  for (const project of projects) project.remove();
});

/** A stack that has been brought up with this program. */
async function stack(...args: ConstructorParameters<typeof Project>): Promise<Project> {
  const project = new Project(...args);
  projects.push(project);
  await project.init();
  expect(await project.up()).toMatchObject({ code: 0 });
  return project;
}

const swapUrn = async (project: Project, end = "::swap") => (await project.resource(end)).urn;

test("a swap that is replaced or tainted leaves the row to its successor, which can release it", async () => {
  const project = await stack(program("replaced", {}));
  const before = await row("replaced");
  const urn = await swapUrn(project);
  expect(await project.up("--replace", urn)).toMatchObject({ code: 0 });
  expect(await project.pulumi("state", "taint", urn, "--yes")).toMatchObject({ code: 0 });
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await row("replaced")).toMatchObject({ version: 1, history: before?.history });

  expect(await project.up("--expect-no-changes")).toMatchObject({ code: 0 });
  project.write(program("replaced", { version: 2 }));
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await project.destroy()).toMatchObject({ code: 0 });
  expect(await row("replaced")).toBeUndefined();
});

test("the plugin's swap that is replaced leaves the row to its successor", async () => {
  const yaml = `resources:
  swap:
    type: swap:ActiveVersion
    properties:
      { alias: plugged, controlTable: ${control}, version: 1, onDelete: release, readiness: { table: false } }
`;
  const project = await stack(yaml, { language: "yaml" });
  expect(await project.up("--replace", await swapUrn(project))).toMatchObject({ code: 0 });
  expect(await row("plugged")).toMatchObject({ version: 1 });
  expect(await project.destroy()).toMatchObject({ code: 0 });
  expect(await row("plugged")).toBeUndefined();
});

test("a swap under a new name keeps the row, whether it releases or keeps", async () => {
  const project = await stack(program("renamed", {}));
  project.write(program("renamed", { name: "other" }));
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await row("renamed")).toMatchObject({ version: 1 });

  project.write(program("renamed", { name: "third", onDelete: "keep" }));
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await row("renamed")).toMatchObject({ version: 1 });
  project.write(program("renamed", { name: "fourth", opts: '{ aliases: [{ name: "third" }] }' }));
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await project.destroy()).toMatchObject({ code: 0 });
  expect(await row("renamed")).toBeUndefined();
});

test("a swap declared in another stack by now is not released by the first", async () => {
  const first = await stack(program("shared", {}), { name: "first" });
  const second = await stack(program("shared", {}), { name: "second" });
  expect(await first.up("--expect-no-changes")).toMatchObject({ code: 0 });
  const gone = await first.destroy();
  expect(gone).toMatchObject({ code: 0 });
  expect(gone.output).toMatch(/alias "shared" stays .*another resource/);
  expect(await row("shared")).toMatchObject({ version: 1 });
  expect(await second.destroy()).toMatchObject({ code: 0 });
  expect(await row("shared")).toBeUndefined();
});

test("a row with another version is not released, and a warning says so", async () => {
  const project = await stack(program("foreign", {}));
  await goSet(control, "foreign", 2);
  const gone = await project.destroy();
  expect(gone).toMatchObject({ code: 0 });
  expect(gone.output).toMatch(/alias "foreign" stays .*\b1\b.*\b2\b/);
  expect(await row("foreign")).toMatchObject({ version: 2 });
});

/** Takes the claim out of the state and the row, as earlier versions left them. */
async function unclaim(project: Project, alias: string): Promise<void> {
  const { output } = await project.pulumi("stack", "export");
  const exported = JSON.parse(output);
  for (const { outputs } of exported.deployment.resources) delete outputs?.claim;
  const file = join(project.folder, "unclaimed.json");
  writeFileSync(file, JSON.stringify(exported));
  expect(await project.pulumi("stack", "import", "--file", file)).toMatchObject({ code: 0 });
  await dynamodb().send(
    new UpdateItemCommand({
      TableName: control,
      Key: { pk: { S: alias } },
      UpdateExpression: "REMOVE holder",
    }),
  );
}

test("a row that an earlier release did not claim is kept until an up has claimed it", async () => {
  const project = await stack(program("earlier", {}));
  await unclaim(project, "earlier");
  const gone = await project.destroy();
  expect(gone).toMatchObject({ code: 0 });
  expect(gone.output).toMatch(/alias "earlier" stays .*claim/);
  expect(await row("earlier")).toMatchObject({ version: 1 });

  expect(await project.up()).toMatchObject({ code: 0 });
  await unclaim(project, "earlier");
  const { code, output } = await project.preview();
  expect([code, output]).toEqual([0, expect.stringMatching(/1 to update/)]);
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await project.up("--expect-no-changes")).toMatchObject({ code: 0 });
  expect(await project.destroy()).toMatchObject({ code: 0 });
  expect(await row("earlier")).toBeUndefined();
});

test("a row that was lost and set again is claimed by the up that finds it", async () => {
  const project = await stack(program("lost", {}));
  await dynamodb().send(new DeleteItemCommand({ TableName: control, Key: { pk: { S: "lost" } } }));
  await goSet(control, "lost", 1);
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await project.destroy()).toMatchObject({ code: 0 });
  expect(await row("lost")).toBeUndefined();
});

test("a release that would come before its replacement is refused", async () => {
  const before = { opts: "{ deleteBeforeReplace: true }" };
  const project = new Project(program("before", before));
  projects.push(project);
  await project.init();
  refused(await project.preview(), refusedInput("deleteBeforeReplace", "true"));
  project.write(program("before", { ...before, onDelete: "keep" }));
  expect(await project.preview()).toMatchObject({ code: 0 });
});
