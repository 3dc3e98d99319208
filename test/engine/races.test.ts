import { findActive } from "../../src/pointer";
import { controlTable, dynamodb, versionTable } from "./dynamodb";
import { pausingProxy, requestsOf } from "./pausing-proxy";
import { Project } from "./project";
import { messageOf } from "./refused-run";

const upstream = process.env.TEST_DYNAMODB as string;

test("two stacks race on one alias: one wins, the loser learns who did", async () => {
  const control = await controlTable("race_swap");
  await versionTable("race_v4");
  const proxy = await pausingProxy(upstream, requestsOf("UpdateItem", control));
  const program = `new swap.ActiveVersion("race", {
    controlTable: "${control}", alias: "race", version: 4 });`;
  const stacks = ["blue", "green"].map(
    (name) => new Project(program, { name, env: { AWS_ENDPOINT_URL_DYNAMODB: proxy.endpoint } }),
  );
  for (const stack of stacks) await stack.init();
  const ups = stacks.map((stack) => stack.up());
  await proxy.paused(2);
  proxy.resume();
  const runs = await Promise.all(ups);

  const row = await findActive({ client: dynamodb(), controlTable: control }, "race");
  expect(row).toMatchObject({ version: 4, history: [{ version: 4, kind: "set" }] });
  const winner = row?.by === "pulumi:blue/dev" ? 0 : 1;
  expect(runs[winner]).toMatchObject({ code: 0 });
  expect(runs[1 - winner]?.code).not.toBe(0);
  expect(runs[1 - winner]?.output).toMatch(
    messageOf("swap.version-regressed", {
      alias: "race",
      requested: 4,
      active: 4,
      by: row?.by ?? "nobody",
    }),
  );

  const again = await stacks[1 - winner]?.up();
  expect(again).toMatchObject({ code: 0 });
  expect(await findActive({ client: dynamodb(), controlTable: control }, "race")).toEqual(row);
  for (const stack of stacks) stack.remove();
  await proxy.stop();
});
