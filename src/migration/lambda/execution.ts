import { LambdaClient, UpdateEventSourceMappingCommand } from "@aws-sdk/client-lambda";
import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  SFNClient,
  StartExecutionCommand,
} from "@aws-sdk/client-sfn";
import { addUserAgent } from "../../aws";

/** A command that names this package in its user agent. */
function named<C extends { middlewareStack: unknown }>(command: C): C {
  addUserAgent(command, "migration");
  return command;
}

/** Executions of one run: each after the first is started because all before it have failed. */
const MAX_EXECUTIONS = 100;
const FAILED = /^(FAILED|TIMED_OUT|ABORTED)$/;

/**
 * Starts an execution of a run, unless one runs or has succeeded. The first is named as the run; after one that
 * has failed, the next has a number.
 *
 * @throws Error after 100 failed ones
 */
export async function startExecution(
  stateMachineArn: string,
  run: string,
  client: Pick<SFNClient, "send" | "destroy"> = new SFNClient({}),
): Promise<void> {
  const executions = stateMachineArn.replace(":stateMachine:", ":execution:");
  try {
    for (let number = 1; number <= MAX_EXECUTIONS; number++) {
      const name = number === 1 ? run : `${run}-${number}`;
      try {
        // One that runs with this name and input is not started again: StartExecution is idempotent then.
        await client.send(named(new StartExecutionCommand({ stateMachineArn, name, input: "{}" })));
        return;
      } catch (error) {
        if (!(error instanceof ExecutionAlreadyExists)) throw error;
      }
      const command = named(
        new DescribeExecutionCommand({ executionArn: `${executions}:${name}` }),
      );
      if (!FAILED.test((await client.send(command)).status ?? "")) return;
    }
    throw new Error(`${MAX_EXECUTIONS} executions of run ${run} have failed`);
  } finally {
    client.destroy();
  }
}

/** Enables an event source mapping. */
export async function enableMapping(UUID: string): Promise<void> {
  const client = new LambdaClient({});
  try {
    await client.send(named(new UpdateEventSourceMappingCommand({ UUID, Enabled: true })));
  } finally {
    client.destroy();
  }
}
