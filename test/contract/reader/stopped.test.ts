import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { setActive } from "../../../src/pointer";
import { type StallingProxy, stallingProxy } from "../../support/stalling-proxy";
import { root } from "./script";
import { Shop } from "./shop";
import { onEachStore } from "./stores";

const REFRESH_MS = 1_000;

onEachStore(({ client, endpoint }) => {
  let proxy: StallingProxy;
  beforeAll(async () => {
    proxy = await stallingProxy(endpoint());
  });
  beforeEach(() => {
    proxy.asked = [];
    proxy.until = undefined;
  });
  afterAll(() => proxy.stop());

  /** A process that answers each line with the table that it would use. */
  async function service() {
    const shop = await Shop.open(client());
    const source = `
      import { createInterface } from "node:readline";
      import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
      import { createResolver } from "pulumi-swap/reader";
      const client = new DynamoDBClient({
        endpoint: ${JSON.stringify(proxy.endpoint)},
        region: "us-east-1",
        credentials: { accessKeyId: "local", secretAccessKey: "local" },
      });
      const options = { controlTable: "${shop.controlTable}", client, refreshMs: ${REFRESH_MS} };
      const orders = createResolver({ alias: "orders", ...options });
      await orders.resolve();
      createInterface({ input: process.stdin })
        .on("line", async () => console.log((await orders.resolve()).table));
      console.log("ready");`;
    const args = ["--input-type=module", "-e", source];
    const child = spawn(process.execPath, args, { cwd: root, stdio: ["pipe", "pipe", "inherit"] });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const answer = async () => (await lines.next()).value as string;
    expect(await answer()).toBe("ready");
    return {
      child,
      answer,
      ask: () => child.stdin.write("\n"),
      cutOver: () => setActive({ client: client(), controlTable: shop.controlTable }, "orders", 2),
      async end() {
        child.stdin.end();
        child.kill("SIGKILL");
      },
    };
  }

  /** Holds responses up until the function returned is called. */
  function holdResponses(): () => void {
    let letGo = () => {};
    proxy.until = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    return letGo;
  }

  const reads = async (count: number) => {
    while (proxy.asked.length < count) await sleep(5);
  };

  test("a request that waits when a stopped process goes on is answered from the new pointer", async () => {
    const { child, answer, ask, cutOver, end } = await service();
    child.kill("SIGSTOP");
    await cutOver();
    await sleep(REFRESH_MS + 200);
    ask();
    child.kill("SIGCONT");
    expect(await answer()).toBe("orders_v2");
    await end();
  });

  test("so is one that comes while its overdue read is under way", async () => {
    const { child, answer, ask, cutOver, end } = await service();
    child.kill("SIGSTOP");
    await cutOver();
    await sleep(REFRESH_MS + 200);
    const before = proxy.asked.length;
    const letGo = holdResponses();
    child.kill("SIGCONT");
    await reads(before + 1);
    ask();
    await sleep(200);
    letGo();
    expect(await answer()).toBe("orders_v2");
    await end();
  });

  test("the answer to a read from before it was stopped does not count", async () => {
    const { child, answer, ask, cutOver, end } = await service();
    const letGo = holdResponses();
    await reads(proxy.asked.length + 1);
    // The proxy has the old row by then, and only time shows when.
    await sleep(200);
    child.kill("SIGSTOP");
    await cutOver();
    await sleep(REFRESH_MS + 200);
    proxy.until = undefined;
    letGo();
    ask();
    child.kill("SIGCONT");
    expect(await answer()).toBe("orders_v2");
    await end();
  });
});
