import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
  BatchWriteItemCommand,
  DescribeTableCommand,
  DynamoDBClient,
  QueryCommand,
  ScanCommand,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import { findActive, listAliases, placeFence, setActive } from "../../src/pointer";
import { startMiniStack } from "../../tools/local-aws/ministack/start";
import { swap } from "../cli/swap";
import { bodyOf } from "../support/forward";
import { dynamodb, versionTable } from "./dynamodb";
import { exampleProject, exampleScript } from "./example";
import { onMiniStack } from "./on-ministack";
import { type Project, temporaryFolder } from "./project";
import { messageOf } from "./refused-run";

describe("examples/multi-alias", () => {
  const env = { PULUMI_BACKEND_URL: `file://${temporaryFolder()}` };
  const ref = { client: dynamodb(), controlTable: "shop_swap" };
  const projects = {} as Record<"platform" | "catalogue" | "orders", Project>;

  beforeAll(async () => {
    for (const name of ["platform", "catalogue", "orders"] as const) {
      projects[name] = exampleProject(`multi-alias/${name}`, env);
      await projects[name].init();
      expect(await projects[name].up()).toMatchObject({ code: 0 });
    }
  });
  afterAll(() => {
    for (const project of Object.values(projects)) project.remove();
  });

  const versions = async () => {
    const found: Record<string, number | undefined> = {};
    for await (const { alias, row } of listAliases(ref)) found[alias] = row?.version;
    return found;
  };

  test("three data sets of two stacks have a row each on one control table", async () => {
    expect(await versions()).toEqual({ products: 1, prices: 1, orders: 1 });
  });

  test("a cut-over of one alias leaves the others, in its stack and in others", async () => {
    const { catalogue } = projects;
    await catalogue.pulumi("config", "set", "prices", "2");
    expect(await catalogue.up()).toMatchObject({ code: 0 });
    expect(await versions()).toEqual({ products: 1, prices: 2, orders: 1 });
    expect(await projects.orders.preview("--expect-no-changes")).toMatchObject({ code: 0 });
  });

  test("the platform's table, with the pointers of all, is not destroyed", async () => {
    const destroy = await projects.platform.destroy();
    expect(destroy.code).not.toBe(0);
    expect(destroy.output).toMatch(/because it is protected/);
    expect(await versions()).toEqual({ products: 1, prices: 2, orders: 1 });
  });
});

/**
 * On AWS too, but not here: the pipe filters and starts at the stream's beginning, the roles are held to, and a webhook
 * that fails is tried again.
 */
describe("examples/chat", () => {
  const posts: [body: unknown, sender: unknown][] = [];
  const webhook = createServer(async (request, response) => {
    posts.push([JSON.parse(await bodyOf(request)), request.headers["x-sender"]]);
    response.end();
    webhook.emit("posted");
  });
  let stop: () => Promise<void> = async () => {};
  afterAll(async () => {
    webhook.close();
    await stop();
  });

  onMiniStack("it posts who moved what, and why, to a webhook", async () => {
    await once(webhook.listen(0, "127.0.0.1"), "listening");
    const server = await startMiniStack();
    ({ stop } = server);
    const { endpoint } = server;
    const project = exampleProject("chat", {
      AWS_ENDPOINT_URL: endpoint,
      AWS_ENDPOINT_URL_DYNAMODB: endpoint,
    });
    await project.init();
    const url = `http://127.0.0.1:${(webhook.address() as AddressInfo).port}/hooks/secret-part`;
    await project.pulumi("config", "set", "--secret", "webhook", url);
    const { code, output } = await project.up();
    expect([code, output]).toEqual([0, expect.not.stringContaining("secret-part")]);

    const credentials = { accessKeyId: "local", secretAccessKey: "local" };
    const client = new DynamoDBClient({ endpoint, region: "eu-west-1", credentials });
    const ref = { client, controlTable: "shop_swap" };
    const actor = "alice@bastion";
    const first = once(webhook, "posted");
    await setActive(ref, "orders", 1, { actor, reason: 'the "first"' });
    await first;
    const second = once(webhook, "posted");
    await placeFence(ref, "orders", { from: 1, to: 2, operation: "op-1", budgetMs: 1_000 });
    await setActive(ref, "orders", 2, { actor, reason: "a new index", fence: "op-1" });
    await second;
    expect(posts).toEqual([
      [{ text: `orders: to version 1, by ${actor}: the 'first'` }, "pulumi-swap"],
      [{ text: `orders: version 1 to 2, by ${actor}: a new index` }, "pulumi-swap"],
    ]);
    client.destroy();
    project.remove();
  });
});

describe("examples/schema-change", () => {
  const ref = { client: dynamodb(), controlTable: "billing_swap" };
  const active = () => findActive(ref, "invoices");
  const env = {
    AWS_ACCESS_KEY_ID: "local",
    AWS_ENDPOINT_URL_DYNAMODB: process.env.TEST_DYNAMODB as string,
    SWAP_CONTROL_TABLE: ref.controlTable,
  };
  const toVersion = (version: number) => [
    "--transform",
    exampleScript(`schema-change/to-v${version}.mjs`),
  ];
  let project: Project;

  beforeAll(async () => {
    project = exampleProject("schema-change");
    await project.init();
    expect(await project.up()).toMatchObject({ code: 0 });
    const invoice = (n: number) => ({
      invoiceId: { S: `inv-${n}` },
      customer: { S: n % 2 ? "ana" : "bela" },
      due: { S: `2026-02-${10 + n}` },
      paid: { BOOL: n > 3 },
    });
    const items = [1, 2, 3, 4, 5, 6].map((n) => ({ PutRequest: { Item: invoice(n) } }));
    await ref.client.send(new BatchWriteItemCommand({ RequestItems: { invoices_v1: items } }));
  });
  afterAll(() => project.remove());

  test("each version has its own key schema and the shared arguments", async () => {
    const keys = async (version: number) => {
      const table = await ref.client.send(
        new DescribeTableCommand({ TableName: `invoices_v${version}` }),
      );
      return table.Table?.KeySchema?.map(({ AttributeName }) => AttributeName);
    };
    expect(await keys(1)).toEqual(["invoiceId"]);
    expect(await keys(2)).toEqual(["customer", "invoiceId"]);
    for (const version of [1, 2])
      expect((await project.resource(`Table::invoices-v${version}`)).outputs).toMatchObject({
        pointInTimeRecovery: { enabled: true },
      });
    expect(await active()).toMatchObject({ version: 1 });
  });

  test("the cut-over is refused before a verification, and after one of an incomplete copy", async () => {
    await project.pulumi("config", "set", "activeVersion", "2");
    const refusedFor = async (reason: RegExp) => {
      const up = await project.up();
      expect(up.code).not.toBe(0);
      expect(up.output).toMatch(
        messageOf("swap.not-ready", { version: 2, gate: "verify", reason }),
      );
      expect(await active()).toMatchObject({ version: 1 });
    };
    await refusedFor(/.*none is recorded/);
    expect(await swap(["verify", "invoices", "1", "2", ...toVersion(2)], env)).toMatchObject({
      code: 10,
    });
    await refusedFor(/.*6 missing/);
  });

  test("copied and verified both ways, it cuts over, and queries by customer find the open invoices", async () => {
    const copy = ["migrate", "copy", "invoices", "--from", "1", "--to", "2", ...toVersion(2)];
    expect(await swap(copy, env)).toMatchObject({ code: 0 });
    for (const args of [
      ["1", "2", ...toVersion(2)],
      ["2", "1", ...toVersion(1)],
    ])
      expect(await swap(["verify", "invoices", ...args], env)).toMatchObject({ code: 0 });
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await active()).toMatchObject({
      version: 2,
      previous: 1,
      history: [
        { version: 1 },
        { version: 2, why: expect.stringContaining("invoices by customer") },
      ],
    });
    const { Items } = await ref.client.send(
      new QueryCommand({
        TableName: "invoices_v2",
        IndexName: "open",
        KeyConditionExpression: "customer = :customer",
        ExpressionAttributeValues: { ":customer": { S: "ana" } },
      }),
    );
    expect(Items?.map(({ invoiceId }) => invoiceId?.S)).toEqual(["inv-1", "inv-3"]);
  });

  test("a version 3 with the old key gets its invoices from version 2, by the inverse", async () => {
    const TableName = await versionTable("invoices_v3", "invoiceId");
    await waitUntilTableExists({ client: ref.client, maxWaitTime: 10, minDelay: 1 }, { TableName });
    const copy = ["migrate", "copy", "invoices", "--from", "2", "--to", "3", ...toVersion(1)];
    expect(await swap(copy, env)).toMatchObject({ code: 0 });
    const items = async (version: number) => {
      const { Items = [] } = await ref.client.send(
        new ScanCommand({ TableName: `invoices_v${version}` }),
      );
      return Items.sort((a, b) => `${a.invoiceId?.S}`.localeCompare(`${b.invoiceId?.S}`));
    };
    expect(await items(3)).toEqual(await items(1));
  });

  test("version 1 is refused from then on", async () => {
    await project.pulumi("config", "set", "activeVersion", "1");
    const preview = await project.preview();
    expect(preview.code).not.toBe(0);
    expect(preview.output).toMatch(
      messageOf("swap.version-regressed", { alias: "invoices", requested: 1, active: 2 }),
    );
  });
});
