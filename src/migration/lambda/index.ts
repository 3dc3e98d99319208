import { isSwapError } from "../../errors";
import type { LambdaContext, StreamEvent } from "./events";
import { enableMapping, startExecution } from "./execution";
import * as handlers from "./handlers";
import { type Migration, openFromSettings, settingsFrom } from "./open";

let opened: Promise<Migration> | undefined;

/** The migration of this function's environment; opened again after a failure. */
function openedMigration(): Promise<Migration> {
  opened ??= openFromSettings(settingsFrom(process.env), __dirname).catch((error) => {
    opened = undefined;
    throw error;
  });
  return opened;
}

/** Calls of the program that declares a migration, and of its state machine. */
type CopyEvent =
  /** Starts the execution, once. */
  | { begin: { stateMachine: string; segments: number } }
  /** Starts the copy, or goes on with it. */
  | { segments: number }
  /** Enables the mapping once all segments are done. */
  | { catchUp: { mapping: string } }
  | handlers.SegmentTask;

export async function copyHandler(event: CopyEvent, context: LambdaContext): Promise<unknown> {
  return withCodeAsName(async () => {
    const at = await openedMigration();
    if ("begin" in event) {
      const { stateMachine, segments } = event.begin;
      const { run } = await handlers.recordCopy(at, segments);
      await startExecution(stateMachine, run);
      return { run };
    }
    if ("segments" in event) return { tasks: await handlers.listSegments(at, event) };
    if ("catchUp" in event) {
      await handlers.assertCopied(at);
      await enableMapping(event.catchUp.mapping);
      return {};
    }
    return handlers.advanceSegment(at, event, context);
  });
}

/** What the event source mapping calls. */
export async function replayHandler(event: StreamEvent, context: LambdaContext): Promise<unknown> {
  return withCodeAsName(async () =>
    handlers.replayRecords(await openedMigration(), event, context),
  );
}

/** Gives an error its code as its name, by which the state machine knows whether to try again. */
async function withCodeAsName<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isSwapError(error)) throw error;
    throw Object.assign(new Error(error.line, { cause: error }), { name: error.code });
  }
}
