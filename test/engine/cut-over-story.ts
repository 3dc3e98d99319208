import { findActive } from "../../src/pointer";
import { dynamodb } from "./dynamodb";
import type { Project } from "./project";
import { messageOf, refused } from "./refused-run";

/** A stack whose component `orders` has version 1 live, in whatever language it is written. */
export interface Story {
  alias: string;
  controlTable: string;
  project: Project;
  /** The program that declares a version as active; `extra` is one more argument. */
  program(active: number, extra?: string): string;
  /** How that language writes `forceDestroy`. */
  forceDestroy: string;
}

export const rowOf = ({ alias, controlTable }: Pick<Story, "alias" | "controlTable">) =>
  findActive({ client: dynamodb(), controlTable }, alias);

export const outputsOf = async (project: Project) =>
  JSON.parse((await project.pulumi("stack", "output", "--json")).output) as Record<string, unknown>;

/** From version 1 to version 2: what every language promises. */
export function testCutOver(story: Story): void {
  const { alias, project, program } = story;
  const row = () => rowOf(story);

  test("declaring the same version again changes nothing", async () => {
    const before = await row();
    expect(await project.up("--expect-no-changes")).toMatchObject({ code: 0 });
    expect(await row()).toEqual(before);
  });

  test("changing the declared version previews and makes the cut-over", async () => {
    project.write(program(2));
    const preview = await project.preview();
    expect(preview).toMatchObject({ code: 0 });
    expect(preview.output).toMatch(/~ version\s*: 1 => 2/);
    expect(preview.output).toContain(`"${alias}_v1" => "${alias}_v2"`);
    expect(await row()).toMatchObject({ version: 1 });

    const up = await project.up();
    expect(up).toMatchObject({ code: 0 });
    expect(up.output).toMatch(/1 updated/);
    // What is said of a resource is shown at it.
    expect(up.output).toMatch(
      new RegExp(`:ActiveVersion \\([^)]+\\):\n( {4}.*\n)+? {4}${alias}: 1 -> 2; `),
    );
    const by = "pulumi:test/dev";
    expect(await row()).toMatchObject({
      version: 2,
      previous: 1,
      history: [
        { version: 1, kind: "set", by },
        { version: 2, kind: "set", by },
      ],
    });
    expect((await outputsOf(project)).activeTable).toBe(`${alias}_v2`);
  });
}

/** From version 2, live, to version 1. */
export function testRegression(story: Story): void {
  const { alias, project, program } = story;
  const row = () => rowOf(story);

  test("a regression is refused in preview and in up, and nothing has changed", async () => {
    // The plan is made before the swap is refused, and stores what was declared.
    const things = async () =>
      (await project.things()).filter(({ type }) => !type.endsWith(":RetentionPlan"));
    const before = { row: await row(), things: await things(), plan: await planOf(project) };
    project.write(program(1));
    const line = messageOf("swap.version-regressed", {
      alias,
      requested: 1,
      active: 2,
      by: "pulumi:test/dev",
    });
    for (const run of [await project.preview(), await project.up()]) {
      refused(run, line);
      expect(run.output).not.toMatch(/^\s+at /m);
    }
    expect({ row: await row(), things: await things(), plan: await planOf(project) }).toEqual(
      before,
    );
  });
}

/** What the retention plan decides, without the version that the program declares active. */
async function planOf(project: Project): Promise<unknown> {
  const { inputs } = await project.resource(":RetentionPlan::orders");
  return { ...inputs, activeVersion: undefined };
}

export function testDestroy({ project, program, forceDestroy }: Story): void {
  test("destroy removes the tables and the stack's state", async () => {
    project.write(program(2, forceDestroy));
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await project.destroy()).toMatchObject({ code: 0 });
    expect(await project.state()).toEqual([]);
  });
}
