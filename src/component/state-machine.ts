import * as pulumi from "@pulumi/pulumi";
import type { DeclaredMigration } from "./migrate-from";

/**
 * Pause before a function of a paused copy is called again, in seconds. A child has at most 25,000 events, and each
 * call with its pause makes 9: enough for the 23 hours of a copy. Source: Step Functions Developer Guide, Quotas.
 */
const PAUSE_S = 60;

/** The partition of an ARN. A state machine's integrations are of its own: an execution refuses another's. */
export const partitionOf = (arn: pulumi.Input<string>): pulumi.Output<string> =>
  pulumi.output(arn).apply((of) => of.split(":")[1] ?? "");

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

/**
 * Pause before a verification that waits for the replay, or for the end of a pause, asks again, in seconds. Its function
 * bounds how often, below the events of an execution.
 */
const VERIFY_WAIT_S = 60;

/**
 * The state machine in the Amazon States Language. An execution copies: each child calls the function until its
 * segment is done. One with `verify` in its input verifies: it asks what is next, and has that done by children.
 *
 * @param wayBack the function that replicates, and its mapping of the new version's stream; absent if nothing goes back
 */
export function definition(
  copyFunction: pulumi.Input<string>,
  verifyFunction: pulumi.Input<string>,
  mapping: pulumi.Input<string>,
  { segments, concurrency }: DeclaredMigration,
  wayBack?: { functionArn: pulumi.Input<string>; mapping: pulumi.Input<string> },
): object {
  const call = (FunctionName: pulumi.Input<string>, payload: object) => ({
    Type: "Task",
    Resource: pulumi.interpolate`arn:${partitionOf(copyFunction)}:states:::lambda:invoke`,
    Parameters: { FunctionName, ...payload },
    OutputPath: "$.Payload",
    Retry: RETRY,
  });
  const each = (FunctionName: pulumi.Input<string>) => ({
    Type: "Map",
    ItemsPath: "$.tasks",
    MaxConcurrency: concurrency,
    ItemProcessor: {
      ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" },
      StartAt: "Segment",
      States: {
        Segment: { ...call(FunctionName, { "Payload.$": "$" }), Next: "Done" },
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
  });
  const Catch = [{ ErrorEquals: ["States.ALL"], ResultPath: "$.error", Next: "GiveUp" }];
  return {
    StartAt: "Which",
    States: {
      Which: {
        Type: "Choice",
        Choices: [{ Variable: "$.verify", IsPresent: true, Next: "Plan" }],
        Default: "Start",
      },
      Start: { ...call(copyFunction, { Payload: { segments } }), Next: "Copy" },
      Copy: { ...each(copyFunction), Next: "CatchUp" },
      CatchUp: {
        ...call(copyFunction, { Payload: { catchUp: { mapping } } }),
        ...(wayBack ? { Next: "WayBack" } : { End: true }),
      },
      ...(wayBack && {
        WayBack: {
          ...call(wayBack.functionArn, { Payload: { wayBack: { mapping: wayBack.mapping } } }),
          End: true,
        },
      }),
      Plan: { ...call(verifyFunction, { "Payload.$": "$" }), Catch, Next: "Planned" },
      Planned: {
        Type: "Choice",
        Choices: [
          { Variable: "$.done", BooleanEquals: true, Next: "Verified" },
          { Variable: "$.wait", IsPresent: true, Next: "Wait" },
        ],
        Default: "Verify",
      },
      Wait: { Type: "Wait", Seconds: VERIFY_WAIT_S, Next: "Plan" },
      Verify: { ...each(verifyFunction), Catch, Next: "Plan" },
      Verified: { Type: "Succeed" },
      GiveUp: {
        ...call(verifyFunction, {
          Payload: { "failed.$": "$.verify", "cause.$": "$.error.Cause" },
        }),
        ResultPath: null,
        OutputPath: "$",
        Next: "NotVerified",
      },
      NotVerified: { Type: "Fail", Error: "NotVerified" },
    },
  };
}
