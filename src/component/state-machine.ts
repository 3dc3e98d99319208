import type * as pulumi from "@pulumi/pulumi";
import type { DeclaredMigration } from "./migrate-from";

/**
 * Pause before a function of a paused copy is called again, in seconds. A child has at most 25,000 events, and each
 * call with its pause makes 9: enough for the 23 hours of a copy. Source: Step Functions Developer Guide, Quotas.
 */
const PAUSE_S = 60;

/** Errors of Lambda that pass, and throttling. Refusals of the function never do. */
const RETRY = [
  { ErrorEquals: ["swap.input-invalid", "swap.malformed-row"], MaxAttempts: 0 },
  {
    ErrorEquals: ["States.ALL"],
    IntervalSeconds: 2,
    BackoffRate: 2,
    MaxDelaySeconds: 60,
    MaxAttempts: 30,
    JitterStrategy: "FULL",
  },
];

/** The state machine in the Amazon States Language: each child calls the function until its segment is done. */
export function definition(
  functionArn: pulumi.Input<string>,
  mapping: pulumi.Input<string>,
  { segments, concurrency }: DeclaredMigration,
): object {
  const call = (payload: object) => ({
    Type: "Task",
    Resource: "arn:aws:states:::lambda:invoke",
    Parameters: { FunctionName: functionArn, ...payload },
    OutputPath: "$.Payload",
    Retry: RETRY,
  });
  return {
    StartAt: "Start",
    States: {
      Start: { ...call({ Payload: { segments } }), Next: "Copy" },
      Copy: {
        Type: "Map",
        ItemsPath: "$.tasks",
        MaxConcurrency: concurrency,
        ItemProcessor: {
          ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" },
          StartAt: "Segment",
          States: {
            Segment: { ...call({ "Payload.$": "$" }), Next: "Done" },
            Done: {
              Type: "Choice",
              Choices: [
                { Variable: "$.done", BooleanEquals: true, Next: "End" },
                { Variable: "$.paused", IsPresent: true, Next: "Paused" },
              ],
              Default: "Segment",
            },
            Paused: { Type: "Wait", Seconds: PAUSE_S, Next: "Segment" },
            End: { Type: "Succeed" },
          },
        },
        ResultPath: null,
        Next: "CatchUp",
      },
      CatchUp: { ...call({ Payload: { catchUp: { mapping } } }), End: true },
    },
  };
}
