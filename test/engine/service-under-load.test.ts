import {
  BatchWriteItemCommand,
  DescribeTableCommand,
  GetItemCommand,
} from "@aws-sdk/client-dynamodb";
import { dynamodb } from "./dynamodb";
import { LoadClient, Service } from "./loaded-service";
import { Project } from "./project";

const ITEMS = 20;
const REFRESH_MS = 500;
/** What the reader hands its value out for beyond a read that outlasted the refresh. */
const TIMER_SLACK_MS = 50;

const program = (versions: string, active: number) => `
const control = new swap.ControlTable("control", { name: "loaded_swap", deletionProtection: false });
new swap.VersionedTable("data", {
  alias: "loaded",
  controlTable: control,
  table: { hashKey: "orderId", attributes: [{ name: "orderId", type: "S" }] },
  versions: ${versions},
  activeVersion: ${active},
  retention: { grace: "0s", readersRefresh: "0s" },
});`;

async function fill(version: number): Promise<void> {
  const items = Array.from({ length: ITEMS }, (_, n) => ({
    PutRequest: { Item: { orderId: { S: `o${n}` }, version: { N: String(version) } } },
  }));
  await dynamodb().send(
    new BatchWriteItemCommand({ RequestItems: { [`loaded_v${version}`]: items } }),
  );
}

/** Reads the row until it holds the version; returns when that was seen, in unix milliseconds. */
async function seenAt(version: number): Promise<number> {
  const client = dynamodb();
  const read = new GetItemCommand({
    TableName: "loaded_swap",
    Key: { pk: { S: "loaded" } },
    ConsistentRead: true,
  });
  for (;;) {
    const { Item } = await client.send(read);
    // One more, since the clock's milliseconds are cut off.
    if (Item?.ver?.N === String(version)) return Date.now() + 1;
    await new Promise((done) => setTimeout(done, 10));
  }
}

test("a service under load follows a cut-over and a drop: 0 failed, 0 mixed, and no request that began later than refreshMs and a read after the move is answered from the version left", async () => {
  const project = new Project(program("[1, 2]", 1));
  await project.init();
  expect(await project.up()).toMatchObject({ code: 0 });
  await fill(1);
  await fill(2);
  const service = await Service.start({
    ...project.env,
    SWAP_CONTROL_TABLE: "loaded_swap",
    SWAP_ALIAS: "loaded",
    SWAP_REFRESH_MS: String(REFRESH_MS),
  });
  const clients = Array.from({ length: 3 }, () => new LoadClient(service.url, ITEMS));
  const running = clients.map((client) => client.run());

  project.write(program("[1, 2]", 2));
  const moved = seenAt(2);
  expect(await project.up()).toMatchObject({ code: 0 });
  const movedAt = await moved;
  project.write(program("[2]", 2));
  expect(await project.up()).toMatchObject({ code: 0 });
  await expect(
    dynamodb().send(new DescribeTableCommand({ TableName: "loaded_v1" })),
  ).rejects.toMatchObject({ name: "ResourceNotFoundException" });

  for (const client of clients) client.stop();
  await Promise.all(running);
  const { longestReadMs, counters } = await service.status();
  await service.stop();

  const all = clients.flatMap(({ answers }) => answers);
  expect(clients.flatMap(({ failed }) => failed)).toEqual([]);
  expect(clients.flatMap(({ mixed }) => mixed)).toEqual([]);
  expect(new Set(all.map(({ version }) => version))).toEqual(new Set([1, 2]));
  for (const { answers } of clients) {
    const versions = answers.map(({ version }) => version);
    expect(versions).toEqual([...versions].sort());
  }

  // Jitter makes reads start earlier, never later. Reads that fail would serve older values.
  expect(counters.refreshErrors).toBe(0);
  const bound = Math.max(REFRESH_MS, longestReadMs + TIMER_SLACK_MS) + longestReadMs;
  const late = all.filter(({ began }) => began > movedAt + bound);
  expect(late.length).toBeGreaterThan(0);
  expect(late.filter(({ version }) => version !== 2)).toEqual([]);
  project.remove();
});
