import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { EngineError, ensureEngine } from "../pulumi-engine/index.mjs";
import { DemoFailure } from "./run.mjs";
import { checked, failed } from "./screen.mjs";
import { story } from "./story.mjs";
import { Workspace } from "./workspace.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");

async function main() {
  const workspace = await Workspace.open(root, await ensureEngine());
  const interrupted = () => {
    workspace.close().finally(() => process.exit(130));
  };
  process.once("SIGINT", interrupted);
  process.once("SIGTERM", interrupted);
  try {
    await story(workspace);
  } finally {
    await workspace.close();
  }
  checked("nothing is left behind");
}

main().catch((error) => {
  const told = error instanceof DemoFailure || error instanceof EngineError;
  failed(told ? error.message : (error?.stack ?? error));
  process.exit(1);
});
