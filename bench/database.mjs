import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { lacksPython } from "../build/tools/local-aws/ministack/install.js";
import { startMiniStack } from "../build/tools/local-aws/ministack/start.js";
import { startDynamoDB } from "../tools/demo/dynamodb.mjs";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The embedded DynamoDB, in a separate process, with further flags of its command. */
export async function startEmbedded(flags) {
  return { name: "the embedded DynamoDB", ...(await startDynamoDB(root, flags)) };
}

/** The DynamoDB that TEST_DYNAMODB_ENDPOINT names; else MiniStack; else, without Python, the embedded DynamoDB. */
export async function startDatabase() {
  const endpoint = process.env.TEST_DYNAMODB_ENDPOINT;
  if (endpoint) return { name: `the DynamoDB at ${endpoint}`, endpoint, stop: async () => {} };
  if (lacksPython()) return startEmbedded();
  return { name: "MiniStack", ...(await startMiniStack()) };
}
