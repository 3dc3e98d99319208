import {
  type DescribeExecutionCommand,
  ExecutionAlreadyExists,
  type SFNClient,
  StartExecutionCommand,
} from "@aws-sdk/client-sfn";
import { startExecution } from "../../../src/migration/lambda/execution";

const MACHINE = "arn:aws:states:eu-west-1:1:stateMachine:orders-v4-copy";

/** A state machine with executions by name; one that ended can't be started again under its name. */
function machine(executions: Record<string, string>) {
  const send = async (command: unknown) => {
    if (command instanceof StartExecutionCommand) {
      const name = command.input.name as string;
      if (name in executions && executions[name] !== "RUNNING")
        throw new ExecutionAlreadyExists({ message: "exists", $metadata: {} });
      executions[name] = "RUNNING";
      return {};
    }
    const { executionArn = "" } = (command as DescribeExecutionCommand).input;
    expect(executionArn).toMatch(/^arn:aws:states:eu-west-1:1:execution:orders-v4-copy:run/);
    return { status: executions[executionArn.split(":").at(-1) as string] };
  };
  return { send, destroy() {} } as unknown as SFNClient;
}

test.each<[string, Record<string, string>, Record<string, string>]>([
  ["none", {}, { run: "RUNNING" }],
  ["one that runs", { run: "RUNNING" }, { run: "RUNNING" }],
  ["one that succeeded", { run: "SUCCEEDED" }, { run: "SUCCEEDED" }],
  ["one that failed", { run: "FAILED" }, { run: "FAILED", "run-2": "RUNNING" }],
  [
    "two that ended early",
    { run: "TIMED_OUT", "run-2": "ABORTED" },
    { run: "TIMED_OUT", "run-2": "ABORTED", "run-3": "RUNNING" },
  ],
  [
    "a failed one, and another that succeeded",
    { run: "FAILED", "run-2": "SUCCEEDED" },
    { run: "FAILED", "run-2": "SUCCEEDED" },
  ],
])(
  "an execution is started only if none runs or has succeeded: %s",
  async (_what, before, after) => {
    await startExecution(MACHINE, "run", {}, machine(before));
    expect(before).toEqual(after);
  },
);

test("a run whose executions all failed is given up with one line", async () => {
  const all = Object.fromEntries(
    Array.from({ length: 100 }, (_, index) => [index === 0 ? "run" : `run-${index + 1}`, "FAILED"]),
  );
  await expect(startExecution(MACHINE, "run", {}, machine(all))).rejects.toThrow(
    "100 executions of run run have failed",
  );
});
