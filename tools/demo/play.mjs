import { EngineError } from "../pulumi-engine/index.mjs";
import { DemoFailure } from "./run.mjs";
import { checked, failed } from "./screen.mjs";

/** Plays a story in a workspace, which is removed whatever happens; exits with 1 when an expectation fails. */
export async function playDemo(open, story) {
  try {
    const workspace = await open();
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
  } catch (error) {
    const told = error instanceof DemoFailure || error instanceof EngineError;
    failed(told ? error.message : (error?.stack ?? error));
    process.exit(1);
  }
}
