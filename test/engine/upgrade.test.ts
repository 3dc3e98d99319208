import { DescribeTableCommand } from "@aws-sdk/client-dynamodb";
import { findActive, seedActive, setActive } from "../../src/pointer";
import { record, recordedProgram, recordedState } from "../recorded/recording";
import { controlTable, dynamodb, versionTable } from "./dynamodb";
import { Project } from "./project";
import { messageOf } from "./refused-run";

/** See test/recorded/README.md. */
const recording = process.env.RECORD_STATES === "true";

describe.each([
  ["dynamic", () => new Project(recordedProgram("dynamic.js"))],
  ["plugin", () => new Project(recordedProgram("plugin.yaml"), { language: "yaml" })],
])("a stack made by the %s resources of an earlier version", (name, make) => {
  const alias = `recorded-${name}`;
  const ref = { client: dynamodb(), controlTable: `recorded_${name}_swap` };
  const project = make();
  const declare = (version: number) =>
    project.pulumi("config", "set", "activeVersion", String(version));
  beforeAll(() => project.init());
  afterAll(() => project.remove());

  if (recording) {
    test("is recorded", async () => {
      for (const version of [1, 2]) {
        await declare(version);
        expect(await project.up()).toMatchObject({ code: 0 });
      }
      const exported = await project.pulumi("stack", "export");
      record(name, exported.output);
    });
    return;
  }

  test("is previewed with its retention plan, and without a change of its contents", async () => {
    await controlTable(ref.controlTable);
    for (const version of [1, 2, 3]) await versionTable(`${alias}_v${version}`);
    await seedActive(ref, "recorded-seed", 3);
    for (const version of [1, 2])
      await setActive(ref, alias, version, { actor: "pulumi:test/dev", reason: "recorded" });
    const state = ["stack", "import", "--file", recordedState(name)];
    expect(await project.pulumi(...state)).toMatchObject({ code: 0 });
    await declare(2);
    const { code, output } = await project.preview();
    expect(code).toBe(0);
    // The plan is new, and the guards take over the tables' deletion protection.
    expect(output).toMatch(/\+ 1 to create\n\s+~ 3 to update\n/);
    expect(output).not.toMatch(/to (delete|replace)/);
    expect(output).not.toMatch(/[~+-] aws:dynamodb/);
  });

  test("is upgraded in place, without Pulumi's protection of its tables", async () => {
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await project.up("--expect-no-changes")).toMatchObject({ code: 0 });
    const { output } = await project.pulumi("stack", "export");
    const resources: { urn: string; protect?: boolean }[] = JSON.parse(output).deployment.resources;
    const protects = resources.filter(({ protect }) => protect).map(({ urn }) => urn);
    expect(protects.map((urn) => urn.replace(/.*::/, "")).sort()).toEqual(["control", "data"]);
    for (const version of [1, 2, 3]) {
      const TableName = `${alias}_v${version}`;
      const { Table } = await dynamodb().send(new DescribeTableCommand({ TableName }));
      expect(Table?.DeletionProtectionEnabled).toBe(true);
    }
  });

  test("previews a cut-over as one update in place", async () => {
    await declare(3);
    const { code, output } = await project.preview();
    expect(code).toBe(0);
    expect(output).toMatch(/~ 1 to update\n\s+\d+ unchanged/);
    expect(output).toMatch(/~ version\s*: 2 => 3/);
  });

  test("still refuses to delete its tables", async () => {
    await declare(2);
    const { code, output } = await project.destroy();
    expect(code).not.toBe(0);
    expect(output).toMatch(
      messageOf("swap.version-in-use", { table: `${alias}_v2`, reason: /.*\bactive\b/ }),
    );
    expect(await findActive(ref, alias)).toMatchObject({ version: 2 });
  });
});
