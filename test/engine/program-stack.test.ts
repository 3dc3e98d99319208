import { controlTable } from "./dynamodb";
import { stored } from "./earlier-state";
import { Project } from "./project";

const control = "stack_swap";
beforeAll(() => controlTable(control));

test("the state has the program's line for a component and its resources, and no other frame", async () => {
  const source = `
function data() {
  return new swap.VersionedTable("data", { alias: "stacked", controlTable: "${control}",
    table: { hashKey: "id", attributes: [{ name: "id", type: "S" }] }, versions: [1], activeVersion: 1 });
}
data();`;
  // As users have it: the host's source maps hook into stacks.
  const project = new Project(source, { env: { TEST_TYPESCRIPT: "true" } });
  await project.init();
  expect(await project.up()).toMatchObject({ code: 0 });
  const lines = project.read("index.js").split("\n");
  const line = (text: string) => lines.findIndex((each) => each.includes(text)) + 1;
  const constructed = line("new swap.VersionedTable");
  const called = line("data();");
  const made = (await stored(project)).filter(({ urn }) => urn.includes("VersionedTable"));
  expect(made).toHaveLength(5);
  for (const { stackTrace = [] } of made) {
    const frames = stackTrace.map(({ sourcePosition }) => sourcePosition?.replace(/,\d+$/, ""));
    // What the tests load into each process has a frame as well.
    expect(frames.filter((frame) => !frame?.includes("/compile-cache.cjs#"))).toEqual([
      `project:///index.js#${constructed}`,
      `project:///index.js#${called}`,
    ]);
  }
  project.remove();
});
