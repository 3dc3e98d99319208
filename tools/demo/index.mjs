import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureEngine } from "../pulumi-engine/index.mjs";
import { startDynamoDB } from "./dynamodb.mjs";
import { playDemo } from "./play.mjs";
import { story } from "./story.mjs";
import { Workspace } from "./workspace.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");

await playDemo(async () => {
  const engine = await ensureEngine();
  return Workspace.open(root, engine, { folder: ".demo", server: await startDynamoDB(root) });
}, story);
