import {
  DescribeTableCommand,
  type TableDescription,
  UntagResourceCommand,
} from "@aws-sdk/client-dynamodb";
import { findActive, setActive } from "../../src/pointer";
import { startRegions } from "../support/regions";
import { controlTable, dynamodb, goSet, tableExists, versionTable } from "./dynamodb";
import { asOfEarlierRelease, type Stored, stored } from "./earlier-state";
import { killedUp } from "./killed-up";
import { requestsOf } from "./pausing-proxy";
import { Project, type Run } from "./project";
import { messageOf, refused } from "./refused-run";

const control = "plan_swap";
const ref = { client: dynamodb(), controlTable: control };
beforeAll(() => controlTable(control));

const keys = 'table: { hashKey: "id", attributes: [{ name: "id", type: "S" }] }';
const NO_GRACE = 'grace: "0s", readersRefresh: "0s"';

const program = (alias: string, args: string, table = keys) => `
const data = new swap.VersionedTable("data", {
  alias: "${alias}", controlTable: "${control}", ${table}, ${args} });
exports.versions = data.versions;`;

async function stack(alias: string, ...steps: string[]): Promise<Project> {
  const project = new Project(program(alias, steps[0] as string));
  await project.init();
  for (const args of steps) {
    project.write(program(alias, args));
    expect(await project.up()).toMatchObject({ code: 0 });
  }
  return project;
}

const described = async (table: string): Promise<TableDescription> =>
  (await dynamodb().send(new DescribeTableCommand({ TableName: table }))).Table ?? {};

const protectedByDynamoDB = async (table: string) =>
  (await described(table)).DeletionProtectionEnabled === true;

const protectedTypes = async (project: Project) =>
  (await stored(project)).filter(({ protect }) => protect).map(({ type }) => type);

const PLAN = "pulumi-nodejs:dynamic/swap:RetentionPlan";

const urnOf = async (project: Project, end: string) =>
  (await stored(project)).find(({ urn }) => urn.endsWith(end))?.urn as string;

const planned = ({ output }: Run) => output.match(/to (create|update|delete|replace)/g) ?? [];

test("removing, replacing or destroying a version in use is refused, already in the preview", async () => {
  const live = "versions: [1, 2], activeVersion: 2";
  const project = await stack("held", live);
  const before = await stored(project);
  const line = messageOf("swap.version-in-use", { table: "held_v2", reason: /.*\bactive\b/ });

  project.write(program("held", "versions: [1]"));
  refused(await project.preview(), line);
  refused(await project.preview(), /keep 2 in versions.*retention: \{ keep: 0 \}/);
  refused(await project.up(), line);
  const key = '{ hashKey: "key", attributes: [{ name: "key", type: "S" }] }';
  project.write(program("held", `versions: { 1: {}, 2: ${key} }, activeVersion: 2`));
  refused(await project.preview(), line);
  project.write(program("plan-renamed", live));
  refused(await project.preview(), line);
  project.write(program("held", live));
  refused(await project.pulumi("destroy", "--preview-only"), /RetentionPlan::data.*protected/s);
  refused(await project.destroy(), line);
  expect(await tableExists("held_v2")).toBe(true);
  expect(await project.up()).toMatchObject({ code: 0 });
  const urns = (all: Stored[]) => all.map(({ urn }) => urn).sort();
  expect(urns(await stored(project))).toEqual(urns(before));

  project.write(program("held", `${live}, forceDestroy: true`));
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await project.destroy()).toMatchObject({ code: 0 });
  expect(await tableExists("held_v2")).toBe(false);
  project.remove();
});

test("a refused cut-over, or one of its swap only, changes no deletion protection", async () => {
  const project = await stack("unmoved", "versions: [1, 2], activeVersion: 1");
  const gate = 'readiness: { canaries: [{ key: { id: "canary" } }] }';
  project.write(program("unmoved", `versions: [1, 2], activeVersion: 2, ${gate}`));
  refused(
    await project.up(),
    messageOf("swap.not-ready", { alias: "unmoved", version: 2, gate: "canaries" }),
  );
  expect(await protectedTypes(project)).toEqual([PLAN]);

  project.write(program("unmoved", "versions: [1, 2], activeVersion: 2"));
  const swap = await urnOf(project, "ActiveVersion::data");
  expect(await project.up("--target", swap)).toMatchObject({ code: 0 });
  expect(await findActive(ref, "unmoved")).toMatchObject({ version: 2 });
  expect(await protectedTypes(project)).toEqual([PLAN]);
  expect(await project.up("--expect-no-changes")).toMatchObject({ code: 0 });
  project.remove();
});

test("a table is deleted in the up that cuts over from it, when nothing needs it", async () => {
  const grace = `retention: { ${NO_GRACE} }`;
  const project = await stack("atonce", `versions: [1, 2], activeVersion: 1, ${grace}`);
  project.write(program("atonce", `versions: [2], activeVersion: 2, ${grace}`));
  expect(await project.preview()).toMatchObject({ code: 0 });
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await tableExists("atonce_v1")).toBe(false);

  const foreign = await stack("plan-moved", "versions: [1, 2], activeVersion: 1");
  await goSet(control, "plan-moved", 2);
  foreign.hoursLater(25);
  foreign.write(program("plan-moved", "versions: [2], activeVersion: 2"));
  expect(await foreign.preview()).toMatchObject({ code: 0 });
  expect(await foreign.up()).toMatchObject({ code: 0 });
  expect(await tableExists("plan-moved_v1")).toBe(false);
  expect(await findActive(ref, "plan-moved")).toMatchObject({ version: 2, retired: [1] });

  foreign.write(program("plan-moved", "versions: [1, 2], activeVersion: 2"));
  expect(await foreign.up()).toMatchObject({ code: 0 });
  expect(await findActive(ref, "plan-moved")).toMatchObject({ version: 2, retired: [] });
  project.remove();
  foreign.remove();
});

test("retained tables are kept through a renamed stack, a lost tag, and a listing that finds nothing", async () => {
  const keep = "retention: { keep: 1 }";
  const both = `versions: [1, 2], activeVersion: 1, ${keep}`;
  const project = await stack("named", both, both.replace("activeVersion: 1", "activeVersion: 2"));
  const alone = program("named", `versions: [2], activeVersion: 2, ${keep}`);
  project.write(alone);
  const { TableArn } = await described("named_v1");
  await dynamodb().send(
    new UntagResourceCommand({ ResourceArn: TableArn, TagKeys: ["pulumi-swap:owner"] }),
  );
  expect(await project.pulumi("stack", "rename", "other")).toMatchObject({ code: 0 });
  project.env.PULUMI_STACK = "other";
  project.hoursLater(25);
  for (const run of [await project.preview(), await project.up()]) {
    expect(run).toMatchObject({ code: 0 });
    expect(run.output).toMatch(/table "named_v1" stays.*\bversion 1\b/);
    expect(planned(run)).not.toContain("to delete");
  }
  expect(await tableExists("named_v1")).toBe(true);
  // The tests' own DynamoDB is one for all Regions.
  const regions = await startRegions(["us-east-1"]);
  project.env.AWS_REGION = "us-east-1";
  project.env.AWS_ENDPOINT_URL_DYNAMODB = regions.endpoint;
  const elsewhere = await project.preview();
  await regions.stop();
  expect(elsewhere.code).not.toBe(0);
  expect(elsewhere.output).not.toMatch(/ to delete/);
  project.remove();
});

test("the first run with keep deletes nothing that it has not recorded", async () => {
  const project = await stack("plan-first", "versions: [1, 2], activeVersion: 1");
  await setActive(ref, "plan-first", 2);
  project.hoursLater(25);
  await asOfEarlierRelease(project);
  const alone = "versions: [2], activeVersion: 2";
  project.write(program("plan-first", `${alone}, retention: { keep: 0 }`));
  const line = /"plan-first_v1".*add 1 to versions.*retention: \{ unmanaged: \[1\] \}/;
  refused(await project.preview(), line);
  refused(await project.up(), line);
  expect(await tableExists("plan-first_v1")).toBe(true);

  project.write(
    program("plan-first", "versions: [1, 2], activeVersion: 2, retention: { keep: 0 }"),
  );
  expect(await project.up()).toMatchObject({ code: 0 });
  project.write(program("plan-first", `${alone}, retention: { keep: 0 }`));
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await tableExists("plan-first_v1")).toBe(false);
  project.remove();
});

test("unmanaged tables are named once, and are never changed", async () => {
  await versionTable("plan-shared_v7");
  const args = "versions: [1], activeVersion: 1, retention: { keep: 0, unmanaged: [7] }";
  const project = await stack("plan-shared", args);
  await goSet(control, "plan-shared", 8);
  project.write(program("plan-shared", "versions: [1], retention: { keep: 0 }"));
  project.hoursLater(25);
  const up = await project.up();
  expect(up).toMatchObject({ code: 0 });
  expect(up.output).not.toMatch(/plan-shared_v7/);
  expect(await tableExists("plan-shared_v7")).toBe(true);
  project.remove();
});

test("a run cut off before a deletion leaves no diff, and its version can be declared again", async () => {
  const grace = `retention: { ${NO_GRACE} }`;
  const both = `versions: [1, 2], activeVersion: 2, ${grace}`;
  const project = await stack("cut", both.replace("activeVersion: 2", "activeVersion: 1"), both);
  expect(await protectedByDynamoDB("cut_v1")).toBe(true);
  project.write(program("cut", `versions: [2], activeVersion: 2, ${grace}`));
  expect(await killedUp(project, requestsOf("DeleteTable", "cut_v1"), "is lost")).toBe(true);
  expect(await protectedByDynamoDB("cut_v1")).toBe(false);
  expect(await findActive(ref, "cut")).toMatchObject({ retired: [1] });

  expect(await project.refresh()).toMatchObject({ code: 0 });
  project.write(program("cut", both));
  const preview = await project.preview();
  expect(preview).toMatchObject({ code: 0 });
  // The aws provider's stand-in can't take what a refresh finds into the inputs: an update may show.
  expect(preview.output).not.toMatch(/[+-] aws:dynamodb|to (delete|replace)/);
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await protectedByDynamoDB("cut_v1")).toBe(true);
  expect(await findActive(ref, "cut")).toMatchObject({ retired: [] });
  expect(await project.refresh()).toMatchObject({ code: 0 });
  expect(await project.up("--expect-no-changes")).toMatchObject({ code: 0 });

  project.write(program("cut", `versions: [2], activeVersion: 2, ${grace}`));
  expect(await killedUp(project, requestsOf("DeleteTable", "cut_v1"), "is lost")).toBe(true);
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await tableExists("cut_v1")).toBe(false);
  expect(await project.up("--expect-no-changes")).toMatchObject({ code: 0 });
  project.remove();
});

test("a retained version is not forgotten by a run that was cut off", async () => {
  const keep = `retention: { ${NO_GRACE}, keep: 0 }`;
  const both = `versions: [1, 2], activeVersion: 2, ${keep}`;
  const project = await stack(
    "plan-kept",
    both.replace("activeVersion: 2", "activeVersion: 1"),
    both,
  );
  project.write(program("plan-kept", `versions: [2], activeVersion: 2, ${keep}`));
  expect(await killedUp(project, requestsOf("DeleteTable", "plan-kept_v1"), "is lost")).toBe(true);
  await goSet(control, "plan-kept", 3);
  project.write(program("plan-kept", `versions: [3], activeVersion: 3, ${keep}`));
  const preview = await project.preview();
  expect(preview.output).toMatch(/table "plan-kept_v1" is deleted/);
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await tableExists("plan-kept_v1")).toBe(false);
  project.remove();
});

test("a guard that is replaced or tainted keeps its table, protected, and is deleted at once", async () => {
  const project = await stack(
    "again",
    "versions: [1, 2], activeVersion: 1",
    "versions: [1, 2], activeVersion: 2",
  );
  for (const version of [1, 2]) {
    const guard = await urnOf(project, `VersionGuard::data-v${version}`);
    expect(await project.up("--replace", guard)).toMatchObject({ code: 0 });
    expect(await project.pulumi("state", "taint", guard, "--yes")).toMatchObject({ code: 0 });
    expect(await project.up()).toMatchObject({ code: 0 });
    expect((await stored(project)).filter((each) => each.delete)).toEqual([]);
    expect(await protectedByDynamoDB(`again_v${version}`)).toBe(true);
  }
  expect(await findActive(ref, "again")).toMatchObject({ version: 2, retired: [] });
  expect(await project.up("--expect-no-changes")).toMatchObject({ code: 0 });

  const guard = await urnOf(project, "VersionGuard::data-v2");
  await project.pulumi("state", "taint", guard, "--yes");
  project.write(program("again", "versions: [1, 2], activeVersion: 2, forceDestroy: true"));
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await project.destroy()).toMatchObject({ code: 0 });
  expect(await tableExists("again_v2")).toBe(false);
  project.remove();
});

test("a destroy that would end at the control table's protection is refused before it begins", async () => {
  const whole = (args: string, force: string) => `
    const control = new swap.ControlTable("control", { name: "whole_swap", ${args} });
    new swap.VersionedTable("data", { alias: "whole", controlTable: control, ${keys},
      versions: [1], activeVersion: 1, ${force} });`;
  const project = new Project(whole("", "forceDestroy: true"));
  await project.init();
  expect(await project.up()).toMatchObject({ code: 0 });
  refused(await project.pulumi("destroy", "--preview-only"), /table:Table::control.*protected/s);
  expect(await tableExists("whole_v1")).toBe(true);
  project.write(whole("forceDestroy: true", "forceDestroy: true"));
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await project.destroy()).toMatchObject({ code: 0 });
  expect(await tableExists("whole_v1")).toBe(false);
  expect(await tableExists("whole_swap")).toBe(false);
  project.remove();
});

test("the program's own deletion protection is not lifted: keep, a removal and forceDestroy say so", async () => {
  const own = "{ 1: { deletionProtectionEnabled: true }, 2: { deletionProtectionEnabled: false } }";
  const project = await stack("own", `versions: ${own}, activeVersion: 1`);
  expect(await protectedByDynamoDB("own_v1")).toBe(true);
  expect(await protectedByDynamoDB("own_v2")).toBe(false);
  await goSet(control, "own", 3);
  project.hoursLater(25);

  const rest = "{ 2: { deletionProtectionEnabled: false }, 3: {} }";
  const line = /deletionProtectionEnabled/;
  project.write(program("own", `versions: ${rest}, activeVersion: 3`));
  refused(await project.preview(), line);
  for (const more of ["retention: { keep: 0 }", "forceDestroy: true"]) {
    project.write(program("own", `versions: ${own}, ${more}`));
    refused(await project.preview(), line);
  }
  project.write(program("own", `versions: { 1: {}, 3: {} }, activeVersion: 3`));
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await tableExists("own_v2")).toBe(false);
  project.write(program("own", `versions: { 3: {} }, activeVersion: 3`));
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await tableExists("own_v1")).toBe(false);
  expect(await protectedByDynamoDB("own_v3")).toBe(true);
  project.remove();
});

test("a state with the protection of an earlier release is upgraded, and its tables stay", async () => {
  const live = "versions: [1, 2], activeVersion: 2";
  const project = await stack("plan-earlier", live);
  await asOfEarlierRelease(project, "Table::data-v2");
  const up = await project.up();
  expect(up).toMatchObject({ code: 0 });
  expect(await protectedTypes(project)).toEqual([PLAN]);
  expect(await project.up("--expect-no-changes")).toMatchObject({ code: 0 });
  project.write(program("plan-earlier", "versions: [1]"));
  refused(await project.preview(), messageOf("swap.version-in-use", { table: "plan-earlier_v2" }));
  project.remove();
});
