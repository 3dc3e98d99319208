import { controlTable, tableExists } from "./dynamodb";
import { Project } from "./project";
import { followedBy, messageOf, refusedInput } from "./refused-run";

const control = "retirement_swap";
beforeAll(() => controlTable(control));

const program = (alias: string, args: string) => `
const data = new swap.VersionedTable("data", {
  alias: "${alias}",
  controlTable: "${control}",
  table: { hashKey: "id", attributes: [{ name: "id", type: "S" }] },
  ${args}
});
exports.versions = data.versions;
exports.readerPolicy = data.readerPolicy;`;

const keep = (count: number) => `retention: { grace: "24h", keep: ${count} }`;

/** A stack that went through versions 1 to 3, all of them declared. */
async function atThree(alias: string, keepCount: number): Promise<Project> {
  const project = new Project(
    program(alias, `versions: [1, 2, 3], activeVersion: 1, ${keep(keepCount)}`),
  );
  await project.init();
  for (const active of [1, 2, 3]) {
    project.write(
      program(alias, `versions: [1, 2, 3], activeVersion: ${active}, ${keep(keepCount)}`),
    );
    expect(await project.up()).toMatchObject({ code: 0 });
  }
  return project;
}

test("versions removed from the list keep their tables while they are in use, and a later up deletes them", async () => {
  const project = await atThree("retired", 0);
  project.write(program("retired", `versions: [3], activeVersion: 3, ${keep(0)}`));

  const early = await project.preview();
  expect(early).toMatchObject({ code: 0 });
  for (const version of [1, 2])
    expect(early.output).toMatch(
      new RegExp(
        `warning: table "retired_v${version}" stays.*\\bversion ${version}\\b.*Z.*grace.*Z; `,
      ),
    );
  expect(early.output).not.toMatch(/to delete/);
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await project.up("--expect-no-changes")).toMatchObject({ code: 0 });
  expect(await tableExists("retired_v1")).toBe(true);
  expect(await tableExists("retired_v2")).toBe(true);
  const outputs = JSON.parse((await project.pulumi("stack", "output", "--json")).output);
  expect(Object.keys(outputs.versions)).toEqual(["1", "2", "3"]);
  expect(JSON.stringify(outputs.readerPolicy)).toContain("table/retired_v1");

  project.hoursLater(25);
  const late = await project.preview();
  expect(late.output).toMatch(/table "retired_v1" is deleted: /);
  expect(late.output).toMatch(/4 to delete/);
  expect(await tableExists("retired_v1")).toBe(true);
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await tableExists("retired_v1")).toBe(false);
  expect(await tableExists("retired_v2")).toBe(false);
  expect(await tableExists("retired_v3")).toBe(true);
  project.remove();
});

test("keep retains the last active versions beyond their grace period, and says so", async () => {
  const project = await atThree("keeping", 1);
  project.write(program("keeping", `versions: [3], activeVersion: 3, ${keep(1)}`));
  project.hoursLater(25);
  const preview = await project.preview();
  expect(preview.output).toMatch(/table "keeping_v1" is deleted: /);
  expect(preview.output).toMatch(/table "keeping_v2" stays.*\bversion 2\b.*retention\.keep/);
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await tableExists("keeping_v1")).toBe(false);
  expect(await tableExists("keeping_v2")).toBe(true);
  project.remove();
});

test("a version removed from the list in the same up as its cut-over keeps its table", async () => {
  const project = new Project(program("both", `versions: [1], activeVersion: 1, ${keep(0)}`));
  await project.init();
  expect(await project.up()).toMatchObject({ code: 0 });
  project.write(program("both", `versions: [2], activeVersion: 2, ${keep(0)}`));
  const up = await project.up();
  expect(up).toMatchObject({ code: 0 });
  expect(up.output).toMatch(/table "both_v1" stays.*\bversion 1 .*active/);
  expect(await tableExists("both_v1")).toBe(true);
  project.hoursLater(25);
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await tableExists("both_v1")).toBe(false);
  project.remove();
});

test("a run that can't reach DynamoDB ends in one line and deletes nothing", async () => {
  const project = new Project(program("unseen", `versions: [1], activeVersion: 1, ${keep(0)}`));
  await project.init();
  expect(await project.up()).toMatchObject({ code: 0 });
  project.env.AWS_ENDPOINT_URL_DYNAMODB = "http://127.0.0.1:1";
  const run = await project.preview();
  expect(run.code).not.toBe(0);
  expect(run.output).toMatch(
    messageOf("swap.unreachable", { endpoint: "http://127.0.0.1:1", reason: /.*ECONNREFUSED/ }),
  );
  expect(run.output).not.toMatch(/^\s+at /m);
  expect(run.output).not.toMatch(/ to delete/);
  project.remove();
});

test.each([
  ["-1", "", refusedInput("retention.keep", "-1")],
  ["1.5", "", refusedInput("retention.keep", "1.5")],
  [
    "1",
    "deletionProtectionEnabled: true",
    followedBy(refusedInput("retention.keep", "1"), /deletionProtectionEnabled.*\b1\b/),
  ],
])("keep %s %s is refused", async (count, table, line) => {
  const project = new Project(
    program("refusedkeep", `versions: [1], retention: { keep: ${count} }`).replace(
      "table: {",
      `table: { ${table ? `${table},` : ""}`,
    ),
  );
  await project.init();
  const run = await project.preview();
  expect(run.code).not.toBe(0);
  expect(run.output).toMatch(line);
  expect(run.output).not.toMatch(/^\s+at /m);
  project.remove();
});
