import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { VERSION } from "../../../src/aws";
import { findActive, setActive } from "../../../src/pointer";
import { createResolver } from "../../../src/reader";
import { files, textOf } from "../sources";

/** A source file without its comments, which hold examples of an application's code. */
const code = (file: string) => textOf(file).replaceAll(/\/\*[\s\S]*?\*\//g, "");

test("the version is the package's", () => {
  const manifest = readFileSync(join(__dirname, "../../../package.json"), "utf8");
  expect(VERSION).toBe(JSON.parse(manifest).version);
});

test("every command is sent by the one function that names this package", () => {
  const senders = files.filter((file) => /\bclient\.send\(/.test(code(file)));
  // The functions' requests to Lambda and Step Functions, each named by itself.
  const functions = "migration/lambda/execution.ts";
  expect(senders).toEqual(["aws/send.ts", functions]);
  const sent = code(functions).match(/new \w+Command\(/g) ?? [];
  expect(code(functions).match(/named\(\s*new \w+Command\(/g)).toHaveLength(sent.length);
  expect(code(functions)).toContain('addUserAgent(command, "migration")');
});

/** A client that notes the user agents of its requests and answers each with no item. */
function noting(): { client: DynamoDBClient; agents: string[] } {
  const agents: string[] = [];
  const handle = async ({ headers }: { headers: Record<string, string> }) => {
    agents.push(headers["user-agent"] as string);
    return { response: { statusCode: 200, headers: {}, body: Readable.from([Buffer.from("{}")]) } };
  };
  const client = new DynamoDBClient({
    region: "eu-west-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
    customUserAgent: [["shop", "2"]],
    requestHandler: { handle } as never,
  });
  return { client, agents };
}

test("a request through the caller's client names this package and its part, and keeps the caller's", async () => {
  const { client, agents } = noting();
  const ref = { client, controlTable: "shop_swap" };
  await findActive(ref, "orders");
  await setActive(ref, "orders", 1);
  const orders = createResolver({ alias: "orders", ...ref });
  await orders.resolve();
  orders.stop();
  expect(agents.map((agent) => agent.match(/ pulumi-swap\/.*/)?.[0])).toEqual(
    ["pointer", "pointer", "reader"].map(
      (part) => ` pulumi-swap/${VERSION} md/pulumi-swap#${part} shop/2`,
    ),
  );
});

test("a copy of the package that the command loads names the command", async () => {
  const { client, agents } = noting();
  jest.isolateModules(() => {
    const bundle = require("../../../src/aws") as typeof import("../../../src/aws");
    bundle.setUserAgentPart("cli");
  });
  await findActive({ client, controlTable: "shop_swap" }, "orders");
  expect(agents[0]).toContain("md/pulumi-swap#cli");
});
