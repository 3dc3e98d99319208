import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { migrationTable } from "../migration";
import { defined } from "../validation";
import type { DeclaredMigration } from "./migrate-from";
import { allow, document, ofAliases } from "./policies";
import { mergedTags } from "./tags";
import type { VersionedTableArgs } from "./versioned-table-args";

const RUNTIME = "nodejs22.x";
const TIMEOUT_S = 900;
const MEMORY_MB = 1_024;
const LOG_DAYS = 30;
const BATCH_SIZE = 1_000;

/** What a migration's resources refer to. */
export interface MigrationParts {
  name: string;
  args: VersionedTableArgs;
  version: number;
  migration: DeclaredMigration;
  source: aws.dynamodb.Table;
  target: aws.dynamodb.Table;
  controlTable: pulumi.Input<string>;
  controlTableArn: pulumi.Input<string>;
  /** The retention plan, which refuses tables that a migration can't use before anything is made. */
  plan: pulumi.Resource;
  /** The swap: a copy starts once the pointer has its row. */
  swap: pulumi.Resource | undefined;
  parent: pulumi.Resource;
}

/**
 * Creates the resources of a migration: its table, the functions with their roles and logs, the mapping from
 * the source's stream, which is disabled until the copy is done, the state machine, and the call that starts
 * the copy once.
 */
export function createMigration(parts: MigrationParts): void {
  const { name, args, version, migration, source, target, controlTableArn, parent } = parts;
  const { alias } = args;
  const prefix = `${name}-v${version}-migration`;
  const base = functionBase(alias, version);
  const opts = { parent, dependsOn: [parts.plan] };
  const tags = defined({ tags: mergedTags([args.tags]) });

  const record = new aws.dynamodb.Table(
    prefix,
    {
      name: migrationTable(alias),
      billingMode: "PAY_PER_REQUEST",
      attributes: [
        { name: "pk", type: "S" },
        { name: "sk", type: "S" },
      ],
      hashKey: "pk",
      rangeKey: "sk",
      ...tags,
    },
    opts,
  );
  const readsPointer = {
    ...allow("ReadPointer", ["dynamodb:GetItem"], [controlTableArn]),
    ...ofAliases([alias]),
  };
  const describes = allow("DescribeTables", ["dynamodb:DescribeTable"], [source.arn, target.arn]);
  const writesTarget = allow("WriteTarget", ["dynamodb:BatchWriteItem"], [target.arn]);
  const records = (actions: string[]) =>
    allow(
      "Record",
      actions.map((action) => `dynamodb:${action}`),
      [record.arn],
    );

  const worker = (part: string, handler: string, memorySize: number) => {
    const functionName = `${base}-${part}`;
    const logs = new aws.cloudwatch.LogGroup(
      `${prefix}-${part}`,
      { name: `/aws/lambda/${functionName}`, retentionInDays: LOG_DAYS, ...tags },
      opts,
    );
    const role = serviceRole(`${prefix}-${part}`, "lambda.amazonaws.com", tags, opts);
    const made = new aws.lambda.Function(
      `${prefix}-${part}`,
      {
        name: functionName,
        role: role.arn,
        runtime: RUNTIME,
        handler: `index.${handler}`,
        timeout: TIMEOUT_S,
        memorySize,
        code: archiveOf(migration),
        environment: {
          variables: {
            SWAP_ALIAS: alias,
            SWAP_FROM: String(migration.source),
            SWAP_TO: String(version),
            SWAP_CONTROL_TABLE: parts.controlTable,
            SWAP_SOURCE_TABLE: source.name,
            SWAP_TARGET_TABLE: target.name,
            SWAP_CONCURRENCY: String(migration.concurrency),
            ...(migration.transform && {
              SWAP_TRANSFORM: "transform.mjs",
              SWAP_TRANSFORM_HASH: migration.transform.hash,
            }),
          },
        },
        ...tags,
      },
      { ...opts, dependsOn: [logs] },
    );
    const writesLog = allow(
      "WriteLog",
      ["logs:CreateLogStream", "logs:PutLogEvents"],
      [pulumi.interpolate`${logs.arn}:*`],
    );
    return { function: made, role, writesLog };
  };

  const replay = worker("replay", "replayHandler", MEMORY_MB);
  const replayPolicy = policyOf(`${prefix}-replay`, replay.role, opts, [
    replay.writesLog,
    readsPointer,
    describes,
    writesTarget,
    records(["GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem"]),
    allow(
      "ReadStream",
      ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"],
      [source.streamArn],
    ),
    allow("ListStreams", ["dynamodb:ListStreams"], ["*"]),
  ]);
  const mapping = new aws.lambda.EventSourceMapping(
    prefix,
    {
      functionName: replay.function.arn,
      eventSourceArn: source.streamArn,
      startingPosition: "TRIM_HORIZON",
      enabled: false,
      batchSize: BATCH_SIZE,
      functionResponseTypes: ["ReportBatchItemFailures"],
      ...tags,
    },
    // The execution enables it when the copy is done.
    { ...opts, dependsOn: [replayPolicy], ignoreChanges: ["enabled"] },
  );

  const copy = worker("copy", "copyHandler", MEMORY_MB);
  const machineRole = serviceRole(`${prefix}-machine`, "states.amazonaws.com", tags, opts);
  const machine = new aws.sfn.StateMachine(
    prefix,
    {
      name: `${base}-copy`,
      roleArn: machineRole.arn,
      definition: pulumi.jsonStringify(definition(copy.function.arn, mapping.uuid, migration)),
      ...tags,
    },
    opts,
  );
  const machinePolicy = policyOf(`${prefix}-machine`, machineRole, opts, [
    allow("Invoke", ["lambda:InvokeFunction"], [copy.function.arn]),
    allow("StartChildren", ["states:StartExecution"], [machine.arn]),
    // A redrive of an execution redrives its children: Step Functions Developer Guide, Redriving Map Runs.
    allow(
      "FollowChildren",
      ["states:DescribeExecution", "states:StopExecution", "states:RedriveExecution"],
      [machine.arn.apply((arn) => `${arn.replace(":stateMachine:", ":execution:")}/*`)],
    ),
  ]);
  const copyPolicy = policyOf(`${prefix}-copy`, copy.role, opts, [
    copy.writesLog,
    readsPointer,
    describes,
    allow("ReadSource", ["dynamodb:Scan"], [source.arn]),
    writesTarget,
    records(["GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem"]),
    allow("StartCopy", ["states:StartExecution"], [machine.arn]),
    allow(
      "FollowCopy",
      ["states:DescribeExecution"],
      [machine.arn.apply((arn) => `${arn.replace(":stateMachine:", ":execution:")}:*`)],
    ),
    allow("StartReplay", ["lambda:UpdateEventSourceMapping"], [mapping.arn]),
  ]);
  const { segments } = migration;
  new aws.lambda.Invocation(
    prefix,
    {
      functionName: copy.function.name,
      input: pulumi.jsonStringify({ begin: { stateMachine: machine.arn, segments } }),
      // What may be corrected after a copy that has failed, which the call then starts again.
      triggers: {
        concurrency: String(migration.concurrency),
        transform: migration.transform?.hash ?? "none",
      },
    },
    {
      ...opts,
      dependsOn: [copyPolicy, machinePolicy, ...(parts.swap ? [parts.swap] : [])],
    },
  );
}

function serviceRole(
  name: string,
  Service: string,
  tags: { tags?: aws.iam.RoleArgs["tags"] },
  opts: pulumi.CustomResourceOptions,
): aws.iam.Role {
  const assumeRolePolicy = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service }, Action: "sts:AssumeRole" }],
  });
  return new aws.iam.Role(name, { assumeRolePolicy, ...tags }, opts);
}

function policyOf(
  name: string,
  role: aws.iam.Role,
  opts: pulumi.CustomResourceOptions,
  statements: Parameters<typeof document>[0],
): aws.iam.RolePolicy {
  const args = { role: role.name, policy: document(statements) };
  return new aws.iam.RolePolicy(name, args, opts);
}

/** A prefix of function names: 64 characters of a-z, A-Z, 0-9, '-' and '_' at most, with the suffixes. */
function functionBase(alias: string, version: number): string {
  const plain = `${alias}-v${version}`;
  if (/^[\w-]{1,50}$/.test(plain)) return plain;
  const hash = createHash("sha256").update(plain).digest("hex").slice(0, 8);
  return `${alias.replace(/[^\w-]/g, "-").slice(0, 28)}-${hash}-v${version}`.slice(0, 50);
}

function archiveOf({ transform }: DeclaredMigration): pulumi.asset.AssetArchive {
  // In the package the code is next to this folder; in the plugin, in the plugin's folder.
  const places = ["../lambda/index.js", "lambda.js"].map((file) => join(__dirname, file));
  const code = places.find((file) => existsSync(file)) ?? (places[0] as string);
  return new pulumi.asset.AssetArchive({
    "index.js": new pulumi.asset.FileAsset(code),
    ...(transform && { "transform.mjs": new pulumi.asset.StringAsset(transform.code) }),
  });
}

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
function definition(
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
