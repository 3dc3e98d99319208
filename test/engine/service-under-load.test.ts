import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { BatchWriteItemCommand, DescribeTableCommand } from "@aws-sdk/client-dynamodb";
import { dynamodb } from "./dynamodb";
import { Project } from "./project";

const checkout = resolve(__dirname, "../..");
const ITEMS = 20;

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

async function startService(env: NodeJS.ProcessEnv): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn("node", ["examples/reader/server.mjs"], {
    cwd: checkout,
    env: {
      ...env,
      SWAP_CONTROL_TABLE: "loaded_swap",
      SWAP_ALIAS: "loaded",
      SWAP_REFRESH_MS: "500",
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    const url = /^listening on (\S+)/.exec(line)?.[1];
    if (url) return { child, url };
  }
  throw new Error("the service did not start");
}

/** Asks page after page until told to stop; one client, so its answers are in order. */
class Client {
  readonly versions: number[] = [];
  readonly failed: string[] = [];
  readonly mixed: string[] = [];
  private going = true;

  constructor(private readonly url: string) {}

  async run(): Promise<void> {
    while (this.going) {
      try {
        const response = await fetch(`${this.url}/items?limit=${ITEMS}`);
        const text = await response.text();
        if (!response.ok) this.failed.push(text);
        else this.take(text);
      } catch (error) {
        this.failed.push(String(error));
      }
    }
  }

  stop(): void {
    this.going = false;
  }

  private take(text: string): void {
    const { version, items } = JSON.parse(text) as {
      version: number;
      items: { version: number }[];
    };
    this.versions.push(version);
    if (items.length !== ITEMS || items.some((item) => item.version !== version))
      this.mixed.push(text);
  }
}

test("a service under load follows a cut-over and the drop of the old table without a failure", async () => {
  const project = new Project(program("[1, 2]", 1));
  await project.init();
  expect(await project.up()).toMatchObject({ code: 0 });
  await fill(1);
  await fill(2);
  const { child, url } = await startService(project.env);
  const clients = Array.from({ length: 3 }, () => new Client(url));
  const running = clients.map((client) => client.run());

  project.write(program("[1, 2]", 2));
  expect(await project.up()).toMatchObject({ code: 0 });
  project.write(program("[2]", 2));
  expect(await project.up()).toMatchObject({ code: 0 });
  await expect(
    dynamodb().send(new DescribeTableCommand({ TableName: "loaded_v1" })),
  ).rejects.toMatchObject({ name: "ResourceNotFoundException" });

  for (const client of clients) client.stop();
  await Promise.all(running);
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  await gone;

  for (const { failed, mixed, versions } of clients) {
    expect(failed).toEqual([]);
    expect(mixed).toEqual([]);
    expect(new Set(versions)).toEqual(new Set([1, 2]));
    expect(versions).toEqual([...versions].sort());
  }
  project.remove();
});
