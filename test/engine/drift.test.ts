import { DeleteTableCommand, UpdateTableCommand } from "@aws-sdk/client-dynamodb";
import { findActive, setActive } from "../../src/pointer";
import { startProxy } from "../cli/proxy";
import { controlTable, deleteRow, dynamodb, goSet, versionTable } from "./dynamodb";
import { Project } from "./project";
import { followedBy, messageOf } from "./refused-run";

const control = "drift_swap";
const ref = { client: dynamodb(), controlTable: control };

const every = new Set(["GetItem", "UpdateItem", "DescribeTable"]);

const active = (alias: string, version: number, args = "") =>
  `new swap.ActiveVersion("${alias}", {
     controlTable: "${control}", alias: "${alias}", version: ${version}, ${args} });`;

beforeAll(() => controlTable(control));

/** A project whose stack has made version 2 of the alias live; 3 and 4 have tables as well. */
async function atTwo(alias: string, args = ""): Promise<Project> {
  for (const version of [2, 3, 4]) await versionTable(`${alias}_v${version}`);
  const project = new Project(active(alias, 2, args));
  await project.init();
  expect(await project.up()).toMatchObject({ code: 0 });
  return project;
}

test("an advance behind Pulumi's back is found by refresh and by the next preview", async () => {
  const project = await atTwo("behind");
  await goSet(control, "behind", 3);

  const preview = await project.preview();
  expect(preview.code).not.toBe(0);
  expect(preview.output).toMatch(
    messageOf("swap.version-regressed", {
      alias: "behind",
      requested: 2,
      active: 3,
      by: undefined,
    }),
  );

  const refresh = await project.refresh();
  expect(refresh).toMatchObject({ code: 0 });
  expect(refresh.output).toMatch(/1 updated/);
  expect((await project.resource("ActiveVersion::behind")).outputs).toMatchObject({
    version: 3,
    table: "behind_v3",
    previousVersion: 2,
  });

  project.write(active("behind", 3));
  expect(await project.up()).toMatchObject({ code: 0 });
  const row = await findActive(ref, "behind");
  expect(row).toMatchObject({ version: 3, foreign: true });

  project.write(active("behind", 4));
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(
    (await findActive(ref, "behind"))?.history.map(({ version, kind }) => [version, kind]),
  ).toEqual([
    [2, "set"],
    [3, "foreign"],
    [4, "set"],
  ]);
  project.remove();
});

test("a live pointer is adopted without a write, and a lower declaration is refused", async () => {
  await versionTable("adopted_v7");
  await setActive(ref, "adopted", 7, { actor: "the migration script" });
  const before = await findActive(ref, "adopted");
  const project = new Project(active("adopted", 6));
  await project.init();
  const refused = await project.preview();
  expect(refused.code).not.toBe(0);
  expect(refused.output).toMatch(
    messageOf("swap.version-regressed", {
      alias: "adopted",
      requested: 6,
      active: 7,
      by: "the migration script",
    }),
  );

  project.write(active("adopted", 7));
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await findActive(ref, "adopted")).toEqual(before);
  project.remove();
});

test("a pointer deleted by hand is set again by the next up", async () => {
  const project = await atTwo("gone");
  await deleteRow(control, "gone");
  const preview = await project.preview();
  expect(preview).toMatchObject({ code: 0 });
  expect(preview.output).toMatch(/1 to update/);
  expect(await project.refresh()).toMatchObject({ code: 0 });
  expect(await project.things()).toEqual([]);
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await findActive(ref, "gone")).toMatchObject({ version: 2 });
  project.remove();
});

const declared = (alias: string, args: string) => `new swap.VersionedTable("data", {
  alias: "${alias}", controlTable: "${control}",
  table: { hashKey: "id", attributes: [{ name: "id", type: "S" }] }, ${args} });`;

/** Deletes a table by hand, with its protection. */
async function drop(TableName: string): Promise<void> {
  await dynamodb()
    .send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled: false }))
    .catch(() => {});
  await dynamodb().send(new DeleteTableCommand({ TableName }));
}

test("the active version's table deleted by hand: no empty one takes its place unasked", async () => {
  const project = new Project(declared("lost", "versions: [1, 2], activeVersion: 2"));
  await project.init();
  expect(await project.up()).toMatchObject({ code: 0 });
  await drop("lost_v2");
  expect(await project.refresh()).toMatchObject({ code: 0 });
  expect((await project.things()).filter(({ urn }) => urn.endsWith("::data-v2"))).toEqual([]);

  const preview = await project.preview();
  expect(preview.code).not.toBe(0);
  expect(preview.output).toMatch(
    followedBy(
      messageOf("swap.not-ready", {
        alias: "lost",
        version: 2,
        gate: "table",
        reason: /.*"lost_v2"/,
      }),
      /"lost_v2".*adopt: true/,
    ),
  );
  project.write(
    declared("lost", "versions: [1, 2], activeVersion: 2, readiness: { table: false }"),
  );
  expect(await project.preview()).toMatchObject({ code: 0 });
  expect(await project.up()).toMatchObject({ code: 0 });
  project.write(declared("lost", "versions: [1, 2], activeVersion: 2"));
  expect(await project.up("--expect-no-changes")).toMatchObject({ code: 0 });
  expect(await findActive(ref, "lost")).toMatchObject({ version: 2 });
  project.remove();
});

test("another version's table deleted by hand is planned as a new one, with its guard", async () => {
  const project = new Project(declared("other", "versions: [1, 2], activeVersion: 2"));
  await project.init();
  expect(await project.up()).toMatchObject({ code: 0 });
  await drop("other_v1");
  expect(await project.refresh()).toMatchObject({ code: 0 });
  const preview = await project.preview();
  expect(preview).toMatchObject({ code: 0 });
  expect(preview.output).toMatch(/2 to create/);
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await project.up("--expect-no-changes")).toMatchObject({ code: 0 });
  project.remove();
});

test("a control table made again by hand gets its pointer again, by a plan that shows it", async () => {
  const own = await controlTable("anew_swap");
  const program = declared("anew", "versions: [1], activeVersion: 1").replace(control, own);
  const project = new Project(program);
  await project.init();
  expect(await project.up()).toMatchObject({ code: 0 });
  await drop(own);
  const gone = await project.preview();
  expect(gone.code).not.toBe(0);
  expect(gone.output).toMatch(
    messageOf("swap.control-table-missing", { controlTable: own, region: /.*/ }),
  );

  await controlTable(own);
  expect((await project.preview()).output).toMatch(/1 to update/);
  expect(await project.refresh()).toMatchObject({ code: 0 });
  expect((await project.preview()).output).toMatch(/1 to create/);
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await findActive({ client: dynamodb(), controlTable: own }, "anew")).toMatchObject({
    version: 1,
  });
  project.remove();
});

test("replicas of the control table among which the last writer wins are warned of, once", async () => {
  const proxy = await startProxy(process.env.TEST_DYNAMODB as string, every, (operation, body) =>
    operation === "DescribeTable" && body.includes(`"TableName":"${control}"`)
      ? body.replace(
          '"Table":{',
          '"Table":{"Replicas":[{"RegionName":"eu-west-1"},{"RegionName":"us-east-1"}],',
        )
      : body,
  );
  for (const alias of ["global1", "global2"]) await versionTable(`${alias}_v1`);
  const project = new Project(active("global1", 1) + active("global2", 1), {
    env: { AWS_ENDPOINT_URL_DYNAMODB: proxy.url },
  });
  await project.init();
  const preview = await project.preview();
  expect(preview).toMatchObject({ code: 0 });
  expect(preview.output.match(/global table \(eu-west-1, us-east-1\)/g)).toHaveLength(1);
  project.remove();
  await proxy.stop();
});

test("destroy leaves the pointer by default", async () => {
  const project = await atTwo("kept");
  expect(await project.destroy()).toMatchObject({ code: 0 });
  expect(await findActive(ref, "kept")).toMatchObject({ version: 2 });
  project.remove();
});

test('onDelete "release" removes the row, but not one that has moved on', async () => {
  const released = await atTwo("released", 'onDelete: "release"');
  expect(await released.destroy()).toMatchObject({ code: 0 });
  expect(await findActive(ref, "released")).toBeUndefined();
  released.remove();

  const moved = await atTwo("moved", 'onDelete: "release"');
  await goSet(control, "moved", 3);
  expect(await moved.destroy()).toMatchObject({ code: 0 });
  expect(await findActive(ref, "moved")).toMatchObject({ version: 3 });
  moved.remove();
});

test("expect updates the pointer only from the given version", async () => {
  const project = await atTwo("expected");
  project.write(active("expected", 4, "expect: 3"));
  const refused = await project.preview();
  expect(refused.code).not.toBe(0);
  expect(refused.output).toMatch(
    messageOf("swap.expectation-failed", {
      alias: "expected",
      requested: 4,
      expected: 3,
      active: 2,
    }),
  );
  project.write(active("expected", 4, 'expect: 2, reason: "backfill 4 done", actor: "ana"'));
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await findActive(ref, "expected")).toMatchObject({
    version: 4,
    by: "ana",
    why: "backfill 4 done",
  });
  expect(await project.up("--expect-no-changes")).toMatchObject({ code: 0 });
  project.write(active("expected", 4, 'expect: 2, reason: "another reason", actor: "bo"'));
  expect(await project.up("--expect-no-changes")).toMatchObject({ code: 0 });
  project.remove();
});

test("a seed fills an absent row, and never changes a live pointer", async () => {
  await setActive(ref, "seedlive", 9);
  const program = (seed: string) =>
    `new swap.ControlTable("seeded", { name: "seeded_swap", deletionProtection: false, seed: ${seed} });`;
  const project = new Project(program("{ fresh: 3 }"));
  await project.init();
  expect(await project.up()).toMatchObject({ code: 0 });
  const seeded = { client: dynamodb(), controlTable: "seeded_swap" };
  expect(await findActive(seeded, "fresh")).toMatchObject({ version: 3, activatedAt: 0 });

  await setActive(seeded, "fresh", 5);
  await setActive(seeded, "live", 8);
  project.write(program("{ fresh: 4, live: 2 }"));
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await findActive(seeded, "fresh")).toMatchObject({ version: 5 });
  expect(await findActive(seeded, "live")).toMatchObject({ version: 8 });
  expect(await project.destroy()).toMatchObject({ code: 0 });
  project.remove();
});
