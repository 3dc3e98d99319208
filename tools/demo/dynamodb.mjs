import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
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

function stop(child) {
  return new Promise((resolve) => {
    if (child.exitCode !== null) return resolve();
    child.once("exit", resolve);
    child.kill("SIGTERM");
  });
}
