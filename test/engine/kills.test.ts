import { findActive } from "../../src/pointer";
import { controlTable, dynamodb, versionTables } from "./dynamodb";
import { killedUp } from "./killed-up";
import { type PausedRequestOutcome, requestsOf } from "./pausing-proxy";
import { Project } from "./project";

const control = "kills_swap";
const ref = { client: dynamodb(), controlTable: control };
beforeAll(() => controlTable(control));

const program = (alias: string, args: string) => `new swap.VersionedTable("data", {
  alias: "${alias}", controlTable: "${control}",
  table: { hashKey: "id", attributes: [{ name: "id", type: "S" }] },
  retention: { grace: "0s", readersRefresh: "0s" },
  ${args} });`;

/** What the run was about to do when it was killed, and whether its request still arrives. */
type Kill = [
  what: string,
  operation: string,
  table: (alias: string) => string,
  outcome: PausedRequestOutcome,
];

const atControl = () => control;
const cutOver: Kill[] = [
  ["while the row is read", "GetItem", atControl, "is lost"],
  ["while a gate asks", "DescribeTable", (alias) => `${alias}_v2`, "is lost"],
  ["before the write", "UpdateItem", atControl, "is lost"],
  ["when the write is on its way and arrives", "UpdateItem", atControl, "arrives"],
];

test.each(cutOver)(
  "a cut-over killed %s converges when run again",
  async (what, operation, table, outcome) => {
    const alias = `killed${cutOver.findIndex(([name]) => name === what)}`;
    const project = new Project(program(alias, "versions: [1, 2], activeVersion: 1"));
    await project.init();
    expect(await project.up()).toMatchObject({ code: 0 });
    project.write(program(alias, "versions: [1, 2], activeVersion: 2"));
    expect(await killedUp(project, requestsOf(operation, table(alias)), outcome)).toBe(true);

    expect(await project.up()).toMatchObject({ code: 0 });
    const row = await findActive(ref, alias);
    expect(row?.history.map(({ version, kind }) => [version, kind])).toEqual([
      [1, "set"],
      [2, "set"],
    ]);
    expect(row?.version).toBe(2);
    expect(await versionTables(alias)).toEqual([`${alias}_v1`, `${alias}_v2`]);
    expect(await project.up("--expect-no-changes")).toMatchObject({ code: 0 });
    project.remove();
  },
);

const drop: Kill[] = [
  ["while the guard reads the row", "GetItem", atControl, "is lost"],
  ["before the table is deleted", "DeleteTable", (alias) => `${alias}_v1`, "is lost"],
  [
    "when the deletion is on its way and arrives",
    "DeleteTable",
    (alias) => `${alias}_v1`,
    "arrives",
  ],
];

test.each(drop)(
  "the drop of a version killed %s converges when run again",
  async (what, operation, table, outcome) => {
    const alias = `dropped${drop.findIndex(([name]) => name === what)}`;
    const project = new Project(program(alias, "versions: [1, 2], activeVersion: 1"));
    await project.init();
    expect(await project.up()).toMatchObject({ code: 0 });
    project.write(program(alias, "versions: [1, 2], activeVersion: 2"));
    expect(await project.up()).toMatchObject({ code: 0 });
    project.write(program(alias, "versions: [2], activeVersion: 2"));
    expect(await killedUp(project, requestsOf(operation, table(alias)), outcome)).toBe(true);

    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await versionTables(alias)).toEqual([`${alias}_v2`]);
    expect(await findActive(ref, alias)).toMatchObject({ version: 2 });
    expect(await project.up("--expect-no-changes")).toMatchObject({ code: 0 });
    project.remove();
  },
);

test("after an interrupted creation the next up creates the table, or adopts it if it exists", async () => {
  for (const outcome of ["is lost", "arrives"] as const) {
    const alias = outcome === "arrives" ? "halfmade" : "unmade";
    const project = new Project(program(alias, "versions: [1], activeVersion: 1"));
    await project.init();
    expect(await project.up()).toMatchObject({ code: 0 });
    project.write(program(alias, "versions: [1, 2], activeVersion: 2"));
    expect(await killedUp(project, requestsOf("CreateTable", `${alias}_v2`), outcome)).toBe(true);

    if (outcome === "arrives") {
      const refused = await project.up();
      expect(refused.output).toMatch(/interrupted while creating/);
      expect(refused.output).toMatch(/Table already exists: \w+/);
      expect(await findActive(ref, alias)).toMatchObject({ version: 1 });
      project.write(program(alias, "versions: { 1: {}, 2: { adopt: true } }, activeVersion: 2"));
    }
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await versionTables(alias)).toEqual([`${alias}_v1`, `${alias}_v2`]);
    expect(await findActive(ref, alias)).toMatchObject({ version: 2 });
    project.write(program(alias, "versions: [1, 2], activeVersion: 2"));
    expect(await project.up("--expect-no-changes")).toMatchObject({ code: 0 });
    project.remove();
  }
});
