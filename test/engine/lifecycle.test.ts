import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import { findActive, setActive } from "../../src/pointer";
import { controlTable, dynamodb, goSet, tableExists } from "./dynamodb";
import { Project } from "./project";
import { followedBy, messageOf, refused, refusedInput } from "./refused-run";

const control = "lifecycle_swap";
const ref = { client: dynamodb(), controlTable: control };
beforeAll(() => controlTable(control));

const program = (alias: string, args: string) => `
const data = new swap.VersionedTable("data", {
  alias: "${alias}",
  controlTable: "${control}",
  table: { hashKey: "id", attributes: [{ name: "id", type: "S" }] },
  ${args}
});`;

/** A stack that has been brought up with these arguments. */
async function stack(alias: string, args: string): Promise<Project> {
  const project = new Project(program(alias, args));
  await project.init();
  expect(await project.up()).toMatchObject({ code: 0 });
  return project;
}

test("an active version that a foreign writer chose is blocked", async () => {
  const project = await stack("guarded", "versions: [1, 2]");
  await goSet(control, "guarded", 2);
  project.write(program("guarded", "versions: [1]"));
  refused(
    await project.up(),
    followedBy(
      messageOf("swap.version-in-use", { table: "guarded_v2", reason: /.*\bactive\b/ }),
      /keep 2 in versions/,
    ),
  );
  expect(await tableExists("guarded_v2")).toBe(true);

  const key = '{ hashKey: "key", attributes: [{ name: "key", type: "S" }] }';
  project.write(program("guarded", `versions: { 1: {}, 2: ${key} }`));
  refused(
    await project.up(),
    messageOf("swap.version-in-use", { table: "guarded_v2", reason: /.*\bactive\b/ }),
  );
  expect(await tableExists("guarded_v2")).toBe(true);
  project.remove();
});

test("a deactivated version keeps its table for its grace period, and may be deleted after it", async () => {
  const project = await stack("graced", "versions: [1, 2], activeVersion: 1");
  project.write(program("graced", "versions: [1, 2], activeVersion: 2"));
  expect(await project.up()).toMatchObject({ code: 0 });
  project.write(program("graced", "versions: [2], activeVersion: 2"));
  refused(
    await project.up(),
    messageOf("swap.version-in-use", { table: "graced_v1", reason: /.*\bgrace\b/ }),
  );
  expect(await tableExists("graced_v1")).toBe(true);

  project.write(
    program(
      "graced",
      'versions: [1, 2], activeVersion: 2, retention: { grace: "0s", readersRefresh: "0s" }',
    ),
  );
  expect(await project.up()).toMatchObject({ code: 0 });
  project.write(
    program(
      "graced",
      'versions: [2], activeVersion: 2, retention: { grace: "0s", readersRefresh: "0s" }',
    ),
  );
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await tableExists("graced_v1")).toBe(false);
  expect(await tableExists("graced_v2")).toBe(true);
  project.remove();
});

test("a grace shorter than the readers' refresh is refused", async () => {
  const project = new Project(program("short", 'versions: [1], retention: { grace: "30s" }'));
  await project.init();
  refused(await project.preview(), followedBy(refusedInput("retention.grace", '"30s"'), /\b1m\b/));
  project.remove();
});

test("rollback is one write; the version rolled back from is barred until its bar is lifted", async () => {
  const project = await stack("rolled", "versions: [4, 5], activeVersion: 4");
  project.write(program("rolled", "versions: [4, 5], activeVersion: 5"));
  expect(await project.up()).toMatchObject({ code: 0 });

  const back = "versions: [4, 5], activeVersion: 4, rollbackFrom: 5, reason: 'bad totals'";
  project.write(program("rolled", back));
  expect(await project.preview()).toMatchObject({ code: 0 });
  expect(await project.up()).toMatchObject({ code: 0 });
  const row = await findActive(ref, "rolled");
  expect(row).toMatchObject({ version: 4, previous: 5, barred: [5], why: "bad totals" });
  expect(row?.history.map(({ version, kind }) => [version, kind])).toEqual([
    [4, "set"],
    [5, "set"],
    [4, "rollback"],
  ]);
  expect(await project.up("--expect-no-changes")).toMatchObject({ code: 0 });

  project.write(program("rolled", "versions: [4, 5], activeVersion: 5"));
  refused(
    await project.preview(),
    messageOf("swap.version-barred", { alias: "rolled", requested: 5 }),
  );
  project.write(program("rolled", "versions: [4, 5], activeVersion: 5, liftBar: 5"));
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await findActive(ref, "rolled")).toMatchObject({ version: 5, barred: [] });
  project.remove();
});

test("a rollback is refused when the version named is no longer live", async () => {
  const project = await stack("late", "versions: [4, 5, 6], activeVersion: 5");
  await setActive(ref, "late", 6, { actor: "someone else" });
  project.write(program("late", "versions: [4, 5, 6], activeVersion: 4, rollbackFrom: 5"));
  refused(
    await project.preview(),
    messageOf("swap.version-regressed", {
      alias: "late",
      requested: 4,
      active: 6,
      by: "someone else",
    }),
  );
  project.remove();
});

test("an unready version is refused and the pointer is unchanged", async () => {
  const data = 'readiness: { canaries: [{ key: { id: "canary" } }] }';
  const project = await stack("unready", "versions: [1, 2], activeVersion: 1");
  project.write(program("unready", `versions: [1, 2], activeVersion: 2, ${data}`));
  refused(
    await project.up(),
    messageOf("swap.not-ready", {
      alias: "unready",
      version: 2,
      gate: "canaries",
      reason: /.*canary/,
    }),
  );
  expect(await findActive(ref, "unready")).toMatchObject({ version: 1 });
  await putItem("unready_v2", "canary");
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await findActive(ref, "unready")).toMatchObject({ version: 2 });
  project.remove();
});

test("up waits for a gate that is being fulfilled, and says so", async () => {
  const project = await stack("awaited", "versions: [1, 2], activeVersion: 1");
  const gate = 'readiness: { waitFor: "2m", canaries: [{ key: { id: "last" } }] }';
  project.write(program("awaited", `versions: [1, 2], activeVersion: 2, ${gate}`));
  const up = await project.upWatched(/waiting .*\d+ s .*canaries/, () =>
    putItem("awaited_v2", "last"),
  );
  expect(up).toMatchObject({ code: 0 });
  expect(up.seen).toBe(true);
  expect(await findActive(ref, "awaited")).toMatchObject({ version: 2 });
  project.remove();
});

test("destroy with a pointer to release is refused as a whole while a version is live", async () => {
  const live = 'versions: [2, 3], activeVersion: pulumi.output(3), onDelete: "release"';
  const project = await stack("releasing", live);
  refused(
    await project.destroy(),
    messageOf("swap.version-in-use", { table: "releasing_v3", reason: /.*\bactive\b/ }),
  );
  expect(await findActive(ref, "releasing")).toMatchObject({ version: 3 });
  expect(await tableExists("releasing_v3")).toBe(true);

  project.write(program("releasing", `${live}, forceDestroy: true`));
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await project.destroy()).toMatchObject({ code: 0 });
  expect(await findActive(ref, "releasing")).toBeUndefined();
  project.remove();
});

test("a version restored from another one carries its items forward, and is never restored again", async () => {
  const args = (second: string) => `
    versions: { 1: { pointInTimeRecovery: { enabled: true } }, ${second} },
    activeVersion: 2, readiness: { canaries: [{ key: { id: "kept" } }] }`;
  const project = await stack(
    "restored",
    "versions: { 1: { pointInTimeRecovery: { enabled: true } } }, activeVersion: 1",
  );
  await putItem("restored_v1", "kept");
  project.write(program("restored", args("2: { restoreFrom: 1 }")));
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await findActive(ref, "restored")).toMatchObject({ version: 2 });

  await putItem("restored_v2", "new");
  project.write(
    program("restored", args('2: { restoreFrom: { version: 1, at: "2026-01-14T08:00:00Z" } }')),
  );
  expect(await project.up("--expect-no-changes")).toMatchObject({ code: 0 });
  project.write(program("restored", args("2: {}")));
  expect(await project.up("--expect-no-changes")).toMatchObject({ code: 0 });
  project.remove();
});

async function putItem(table: string, id: string): Promise<void> {
  await dynamodb().send(new PutItemCommand({ TableName: table, Item: { id: { S: id } } }));
}
