import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { startDynamoDBEmulator } from "../../tools/local-aws/dynamodb-emulator";
import { type LocalDynamoDB, startEmbeddedDynamoDB } from "../../tools/local-aws/embedded-dynamodb";
import { type DynamoDBLocal, hasJava, startDynamoDBLocal } from "../support/dynamodb-local";

const running: { local?: DynamoDBLocal; front?: LocalDynamoDB; plugin?: string } = {};

/** One DynamoDB for all engine tests: each works on aliases of its own. */
export default async function setUp(): Promise<void> {
  const { ensureEngine } = await import("../../tools/pulumi-engine/index.mjs");
  const engine = await ensureEngine();
  process.env.TEST_PULUMI_BIN = engine.binDir;
  if (hasJava()) {
    running.local = await startDynamoDBLocal();
    running.front = await startDynamoDBEmulator({ upstream: running.local.endpoint });
  } else {
    console.warn("no Java 17 on PATH: the engine tests run on the embedded DynamoDB instead");
    running.front = await startEmbeddedDynamoDB();
  }
  process.env.TEST_DYNAMODB = running.front.endpoint;
  running.plugin = pluginApart();
  process.env.TEST_SWAP_PLUGIN = running.plugin;
}

/** The plugin as it is shipped, in a folder from where nothing of this checkout can be required. */
function pluginApart(): string {
  const folder = mkdtempSync(join(tmpdir(), "pulumi-swap-plugin-"));
  cpSync(resolve(__dirname, "../../plugin"), folder, { recursive: true });
  return folder;
}

export async function tearDown(): Promise<void> {
  await running.front?.stop();
  await running.local?.stop();
  if (running.plugin) rmSync(running.plugin, { recursive: true, force: true });
}
