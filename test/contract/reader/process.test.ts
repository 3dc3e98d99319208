import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { root } from "./script";
import { Shop } from "./shop";
import { onEachStore } from "./stores";

const run = promisify(execFile);

onEachStore(({ client, endpoint }) => {
  /** Runs a module that imports the compiled package, until it ends by itself. */
  const script = async (body: string) => {
    const shop = await Shop.open(client());
    const source = `
      import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
      import { createResolver } from "pulumi-swap/reader";
      const client = new DynamoDBClient({
        endpoint: ${JSON.stringify(endpoint())},
        region: "us-east-1",
        credentials: { accessKeyId: "local", secretAccessKey: "local" },
      });
      const resolver = (alias, options) =>
        createResolver({ alias, controlTable: "${shop.controlTable}", client, ...options });
      ${body}`;
    const args = ["--input-type=module", "-e", source];
    return (await run(process.execPath, args, { cwd: root })).stdout;
  };

  test("a process exits although its resolver was not stopped", async () => {
    const printed = await script(`
      const orders = resolver("orders", { refreshMs: 100 });
      console.log((await orders.resolve()).table);`);
    expect(printed).toBe("orders_v1\n");
  });

  test("one that waits for a batch to be asked for again is not ended early", async () => {
    const printed = await script(`
      let times = 0;
      client.middlewareStack.add((next) => async (args) => {
        if (times++ > 0) return next(args);
        return { output: { Responses: {}, UnprocessedKeys: args.input.RequestItems } };
      }, { step: "initialize" });
      const [orders, carts] = ["orders", "carts"].map((alias) => resolver(alias));
      const both = await Promise.all([orders.resolve(), carts.resolve()]);
      console.log(both.map(({ table }) => table).join(), times);`);
    expect(printed).toBe("orders_v1,carts_v1 2\n");
  });
});
