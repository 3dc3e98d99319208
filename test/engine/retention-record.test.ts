import { controlTable, goSet, tableExists } from "./dynamodb";
import { killedUp } from "./killed-up";
import { requestsOf } from "./pausing-proxy";
import { Project } from "./project";
import { messageOf, refused } from "./refused-run";

// A new version reaches the plan's record without an update of the plan: none of its refusals may be lost.

const control = "record_swap";
beforeAll(() => controlTable(control));

const program = (alias: string, args: string) => `new swap.VersionedTable("data", {
  alias: "${alias}", controlTable: "${control}",
  table: { hashKey: "id", attributes: [{ name: "id", type: "S" }] }, ${args} });`;

async function stack(alias: string, ...steps: string[]): Promise<Project> {
  const project = new Project(program(alias, steps[0] as string));
  await project.init();
  for (const args of steps) {
    project.write(program(alias, args));
    expect(await project.up()).toMatchObject({ code: 0 });
  }
  return project;
}

/** The versions in the plan's record, and those at its last create or update. */
async function record(project: Project) {
  const { inputs, outputs } = await project.resource("swap:RetentionPlan::data");
  expect(inputs).not.toHaveProperty("activeVersion");
  return [inputs.versions, outputs.versions];
}

const inUse = (table: string) => messageOf("swap.version-in-use", { table });

test("a cut-over records a new version without an update, and each removal is refused as before", async () => {
  const alias = "recorded";
  const project = await stack(
    alias,
    "versions: [1], activeVersion: 1",
    "versions: [1, 2], activeVersion: 2",
  );
  expect(await record(project)).toEqual([[1, 2], [1]]);
  expect(await project.refresh()).toMatchObject({ code: 0 });
  expect(await record(project)).toEqual([[1, 2], [1]]);

  // The version that was just left, and the live one.
  const remove = async (args: string, table: string, ...flags: string[]) => {
    project.write(program(alias, args));
    refused(await project.preview(), inUse(table));
    refused(await project.up(...flags), inUse(table));
    expect(await tableExists(table)).toBe(true);
  };
  await remove("versions: [2], activeVersion: 2", `${alias}_v1`);
  await remove("versions: [1]", `${alias}_v2`);

  // Targets that leave the plan out: the guard refuses.
  const { urn: table } = await project.resource("Table::data-v1");
  const { urn: guard } = await project.resource("VersionGuard::data-v1");
  project.write(program(alias, "versions: [2], activeVersion: 2"));
  refused(await project.up("--target", table, "--target", guard), inUse(`${alias}_v1`));
  expect(await tableExists(`${alias}_v1`)).toBe(true);

  // A rollback within the grace period leaves version 2 in use.
  project.write(program(alias, "versions: [1, 2], activeVersion: 1, rollbackFrom: 2"));
  expect(await project.up()).toMatchObject({ code: 0 });
  await remove("versions: [1], activeVersion: 1", `${alias}_v2`);
  expect(await record(project)).toEqual([[1, 2], [1]]);
  project.remove();
});

test("a version that another stack activates later is not removed", async () => {
  const alias = "record-foreign";
  const project = await stack(
    alias,
    "versions: [1], activeVersion: 1",
    "versions: [1, 2], activeVersion: 1",
  );
  expect(await record(project)).toEqual([[1, 2], [1]]);
  await goSet(control, alias, 2);
  project.write(program(alias, "versions: [1]"));
  project.hoursLater(25);
  refused(await project.preview(), inUse(`${alias}_v2`));
  refused(await project.up(), inUse(`${alias}_v2`));
  expect(await tableExists(`${alias}_v2`)).toBe(true);
  project.remove();
});

test("a run that is killed while it makes a table has recorded its version", async () => {
  const alias = "record-killed";
  const project = await stack(alias, "versions: [1], activeVersion: 1");
  project.write(program(alias, "versions: [1, 2], activeVersion: 2"));
  const making = requestsOf("CreateTable", `${alias}_v2`);
  expect(await killedUp(project, making, "arrives")).toBe(true);
  expect(await record(project)).toEqual([[1, 2], [1]]);
  await goSet(control, alias, 2);
  project.write(program(alias, "versions: [1]"));
  refused(await project.preview(), inUse(`${alias}_v2`));
  expect(await tableExists(`${alias}_v2`)).toBe(true);
  project.remove();
});
