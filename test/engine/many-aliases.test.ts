import { listAliases } from "../../src/pointer";
import { startProxy } from "../cli/proxy";
import { controlTable, dynamodb } from "./dynamodb";
import { Project } from "./project";

const control = "many_swap";
beforeAll(() => controlTable(control));

const operations = new Set([
  "CreateTable",
  "DescribeTable",
  "DescribeContinuousBackups",
  "DescribeTimeToLive",
  "ListTagsOfResource",
  "GetItem",
  "UpdateItem",
]);

const program = (count: number) => `
for (let each = 0; each < ${count}; each++) new swap.VersionedTable("m${count}x" + each, {
  alias: "m${count}x" + each,
  controlTable: "${control}",
  table: { hashKey: "id", attributes: [{ name: "id", type: "S" }] },
  versions: [1],
  activeVersion: 1,
});`;

/** The requests by operation of a first up and of a preview after it. */
async function requests(count: number): Promise<Record<string, number>[]> {
  const proxy = await startProxy(process.env.TEST_DYNAMODB as string, operations);
  const project = new Project(program(count), {
    name: `many${count}`,
    env: { AWS_ENDPOINT_URL_DYNAMODB: proxy.url },
  });
  const counted: Record<string, number>[] = [];
  const step = async (run: Promise<{ code: number; output: string }>) => {
    expect(await run).toMatchObject({ code: 0 });
    const byOperation: Record<string, number> = {};
    for (const name of proxy.asked.splice(0)) byOperation[name] = (byOperation[name] ?? 0) + 1;
    counted.push(byOperation);
  };
  try {
    await project.init();
    await step(project.up());
    await step(project.preview("--expect-no-changes"));
  } finally {
    project.remove();
    await proxy.stop();
  }
  return counted;
}

test("two stacks with 12 and 120 aliases share a control table, at the same requests an alias", async () => {
  const few = await requests(12);
  const many = await requests(120);
  const live: number[] = [];
  for await (const { row } of listAliases({ client: dynamodb(), controlTable: control }))
    live.push(row?.version ?? 0);
  expect(live).toEqual(Array(132).fill(1));
  for (const [step, counts] of few.entries()) {
    const { GetItem = 0, UpdateItem = 0, DescribeTable = 0 } = counts;
    expect(many[step]).toMatchObject({
      GetItem: GetItem * 10,
      ...(UpdateItem > 0 && { UpdateItem: UpdateItem * 10 }),
    });
    // One look a run at the control table; waiting for a new table may ask more than once.
    expect(many[step]?.DescribeTable).toBeLessThanOrEqual(DescribeTable * 11);
  }
  // Setting the pointer is one write an alias; a preview writes nothing.
  expect([few[0]?.UpdateItem, few[1]?.UpdateItem]).toEqual([12, undefined]);
});
