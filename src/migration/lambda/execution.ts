import { LambdaClient, UpdateEventSourceMappingCommand } from "@aws-sdk/client-lambda";
import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  SFNClient,
  StartExecutionCommand,
} from "@aws-sdk/client-sfn";
import { addUserAgent } from "../../aws";
import type { VerifyRequest } from "./verify-handlers";

/** A command that names this package in its user agent. */
function named<C extends { middlewareStack: unknown }>(command: C): C {
  addUserAgent(command, "migration");
  return command;
}

/** Executions of one run: each after the first is started because all before it have failed. */
const MAX_EXECUTIONS = 100;
const FAILED = /^(FAILED|TIMED_OUT|ABORTED)$/;

/** What an execution is started with: empty to copy. */
type ExecutionInput = Record<string, unknown>;

/**
 * Starts an execution of a run, unless one runs or has succeeded. The first is named as the run; after one that
 * has failed, the next has a number.
 *
 * @param run its name: up to 76 characters
 * @throws Error after 100 failed ones
 */
export async function startExecution(
  stateMachineArn: string,
  run: string,
  input: ExecutionInput = {},
  client: Pick<SFNClient, "send" | "destroy"> = new SFNClient({}),
): Promise<void> {
  const executions = stateMachineArn.replace(":stateMachine:", ":execution:");
  try {
    for (let number = 1; number <= MAX_EXECUTIONS; number++) {
      const name = number === 1 ? run : `${run}-${number}`;
      try {
        // One that runs with this name and input is not started again: StartExecution is idempotent then.
        const start = { stateMachineArn, name, input: JSON.stringify(input) };
        await client.send(named(new StartExecutionCommand(start)));
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

/** Starts a verification, unless its execution runs or has succeeded. */
export function startVerification(stateMachineArn: string, verify: VerifyRequest): Promise<void> {
  return startExecution(stateMachineArn, `verify-${verify.run}`, { verify });
}

/** The ARN of a state machine next to a function. */
export function machineArnBy(functionArn: string | undefined, machine: string | undefined): string {
  const [arn, partition, , region, account] = (functionArn ?? "").split(":");
  if (!account || !machine) throw new Error("the state machine of the migration is not known");
  return [arn, partition, "states", region, account, "stateMachine", machine].join(":");
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
