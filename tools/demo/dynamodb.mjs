import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import { DemoFailure } from "./run.mjs";

/**
 * Starts the embedded DynamoDB, which ends with this process, even after a crash.
 *
 * @param flags further ones of its command
 */
export async function startDynamoDB(root, flags = []) {
  const child = spawn(
    process.execPath,
    [join(root, "build/tools/local-aws/bin/dynamodb.js"), "--with-parent", ...flags],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  for await (const line of createInterface({ input: child.stdout })) {
    const endpoint = /^listening on (\S+)/.exec(line)?.[1];
    if (endpoint) return { endpoint, stop: () => stop(child) };
  }
  throw new DemoFailure("the embedded DynamoDB did not start");
}

/** The items that a table of up to 1 MB has now. */
export async function countItems(endpoint, table) {
  const client = new DynamoDBClient({
    endpoint,
    region: "eu-west-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  try {
    const { Count } = await client.send(new ScanCommand({ TableName: table, Select: "COUNT" }));
    return Count;
  } finally {
    client.destroy();
  }
}

function stop(child) {
  return new Promise((resolve) => {
    if (child.exitCode !== null) return resolve();
    child.once("exit", resolve);
    child.kill("SIGTERM");
  });
}
