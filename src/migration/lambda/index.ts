import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { isSwapError } from "../../errors";
import { MigrationStore } from "../store";
import * as copying from "./copy-handlers";
import type { LambdaContext, StreamEvent } from "./events";
import { enableMapping, machineArnBy, startExecution, startVerification } from "./execution";
import { type Migration, newClient, openFromSettings, settingsFrom } from "./open";
import { proveWayBack } from "./prove-way-back";
import { replayRecords, streamOf } from "./replay-handlers";
import { recordOutcome } from "./replay-outcome";
import * as verifying from "./verify-handlers";

let client: DynamoDBClient | undefined;

/** The migration of this function's environment, with the tables as they are now: one may be created again. */
function currentMigration(): Promise<Migration> {
  client ??= newClient();
  return openFromSettings(settingsFrom(process.env), __dirname, client);
}

/** Calls of the program that declares a migration, and of its state machine. */
type CopyEvent =
  /** Starts the execution, unless one runs or has succeeded. */
  | { begin: { stateMachine: string; segments: number } }
  /** Starts the copy, or goes on with it. */
  | { segments: number }
  /** Ends the copy, and enables the mapping once all segments are done. */
  | { catchUp: { mapping: string } }
  | copying.SegmentTask;

export async function copyHandler(event: CopyEvent, context: LambdaContext): Promise<unknown> {
  return withCodeAsName(async () => {
    const at = await currentMigration();
    if ("begin" in event) {
      const { stateMachine, segments } = event.begin;
      return copying.beginCopy(at, segments, (run) => startExecution(stateMachine, run));
    }
    if ("segments" in event) return { tasks: await copying.listSegments(at, event) };
    if ("catchUp" in event) {
      await copying.catchUp(at, () => enableMapping(event.catchUp.mapping));
      const started = await at.store.started();
      // A function that no state machine calls has none to ask.
      if (started && process.env.SWAP_STATE_MACHINE)
        await startVerification(machineOf(context), { run: started.run, auto: true });
      return {};
    }
    return copying.advanceSegment(at, event, context);
  });
}

/** What the event source mappings call, and the state machine and the program to prove the way back. */
export async function replayHandler(
  event: StreamEvent | { wayBack: { mapping: string } },
  context: LambdaContext,
): Promise<unknown> {
  return withCodeAsName(async () => {
    if (!("wayBack" in event))
      return replayRecords(await currentMigrationFor(event), event, context);
    const enable = () => enableMapping(event.wayBack.mapping);
    return { proven: await proveWayBack(await currentMigration(), enable) };
  });
}

/** Calls of the state machine, and of the stream of the migration's table. */
type VerifyEvent =
  | StreamEvent
  /** Plans what is next. */
  | { verify: verifying.VerifyRequest }
  /** Records that it was given up. */
  | { failed: verifying.VerifyRequest; cause: string }
  | verifying.VerifyTask;

export async function verifyHandler(event: VerifyEvent, context: LambdaContext): Promise<unknown> {
  return withCodeAsName(async () => {
    if ("Records" in event)
      return verifying.startRequested(recordOnly(), event, (run) =>
        startVerification(machineOf(context), { run }),
      );
    if ("failed" in event)
      return recordOnly().store.giveUpVerification(
        event.failed.run,
        verifying.causeText(event.cause),
      );
    const run = "verify" in event ? event.verify.run : event.verifying;
    const store = () => recordOnly().store;
    return verifying.recordingRefusal<unknown>(store, run, async () => {
      const at = await currentMigration();
      if ("verify" in event) return verifying.planVerification(at, event.verify);
      return verifying.advanceVerification(at, event, context);
    });
  });
}

const machineOf = ({ invokedFunctionArn }: LambdaContext): string =>
  machineArnBy(invokedFunctionArn, process.env.SWAP_STATE_MACHINE);

/** The record of this function's migration, without its tables and its transform. */
function recordOnly(): { store: MigrationStore; alias: string; to: number } {
  const { alias, to } = settingsFrom(process.env);
  client ??= newClient();
  return { store: new MigrationStore({ client }, alias, to), alias, to };
}

/** The migration for a batch; that it can't be opened is recorded. */
async function currentMigrationFor(event: StreamEvent): Promise<Migration> {
  try {
    return await currentMigration();
  } catch (error) {
    const stream = streamOf(settingsFrom(process.env), event);
    const { store } = recordOnly();
    await recordOutcome(store, event, undefined, error, Date.now(), console.error, stream);
    throw error;
  }
}

/**
 * Gives an error its code as its name, by which the state machine knows whether to try again. It has no stack: Lambda
 * answers with that, and the AWS provider prints the answer in `pulumi up`.
 */
async function withCodeAsName<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isSwapError(error)) throw error;
    const { code, line } = error;
    throw Object.assign(new Error(line, { cause: error }), { name: code, stack: code });
  }
}
