import { LambdaClient, UpdateEventSourceMappingCommand } from "@aws-sdk/client-lambda";
import { ExecutionAlreadyExists, SFNClient, StartExecutionCommand } from "@aws-sdk/client-sfn";

/** Starts the execution of a run, unless it was started: its name is the run. */
export async function startExecution(stateMachineArn: string, run: string): Promise<void> {
  const client = new SFNClient({});
  try {
    await client.send(new StartExecutionCommand({ stateMachineArn, name: run, input: "{}" }));
  } catch (error) {
    if (!(error instanceof ExecutionAlreadyExists)) throw error;
  } finally {
    client.destroy();
  }
}

/** Enables an event source mapping. */
export async function enableMapping(UUID: string): Promise<void> {
  const client = new LambdaClient({});
  try {
    await client.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: true }));
  } finally {
    client.destroy();
  }
}
