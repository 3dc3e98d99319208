import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { migrationTable, VERIFY_REQUEST } from "../migration";
import { defined } from "../validation";
import {
  type MigrationParts,
  machineName,
  migrationFunction,
  policyOf,
  serviceRole,
} from "./migration-functions";
import { allow, ofAliases } from "./policies";
import { definition } from "./state-machine";
import { mergedTags } from "./tags";

const BATCH_SIZE = 1_000;

/**
 * Creates the resources of a migration: its table, the functions with their roles and logs, the mapping from
 * the source's stream, which is disabled until the copy is done, the state machine, and the call that starts
 * the copy once.
 */
export function createMigration(parts: MigrationParts): void {
  const { name, args, version, migration, source, target, controlTableArn, parent } = parts;
  const { alias } = args;
  const prefix = `${name}-v${version}-migration`;
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
      // Of what is asked for: a function starts it.
      streamEnabled: true,
      streamViewType: "KEYS_ONLY",
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

  const worker = (part: string, handler: string) =>
    migrationFunction(parts, part, { handler, tags, opts });

  const replay = worker("replay", "replayHandler");
  const replayPolicy = policyOf(`${prefix}-replay`, replay.role, opts, [
    replay.writesLog,
    readsPointer,
    describes,
    writesTarget,
    records(["GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem"]),
    ...readsStream(source),
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

  const copy = worker("copy", "copyHandler");
  const verify = worker("verify", "verifyHandler");
  const machineRole = serviceRole(`${prefix}-machine`, "states.amazonaws.com", tags, opts);
  const machine = new aws.sfn.StateMachine(
    prefix,
    {
      name: machineName(alias, version),
      roleArn: machineRole.arn,
      definition: pulumi.jsonStringify(
        definition(copy.function.arn, verify.function.arn, mapping.uuid, migration),
      ),
      ...tags,
    },
    opts,
  );
  const machinePolicy = policyOf(`${prefix}-machine`, machineRole, opts, [
    allow("Invoke", ["lambda:InvokeFunction"], [copy.function.arn, verify.function.arn]),
    allow("StartChildren", ["states:StartExecution"], [machine.arn]),
    // A redrive of an execution redrives its children: Step Functions Developer Guide, Redriving Map Runs.
    allow(
      "FollowChildren",
      ["states:DescribeExecution", "states:StopExecution", "states:RedriveExecution"],
      [machine.arn.apply((arn) => `${arn.replace(":stateMachine:", ":execution:")}/*`)],
    ),
  ]);
  const starts = [
    allow("StartExecution", ["states:StartExecution"], [machine.arn]),
    allow(
      "FollowExecution",
      ["states:DescribeExecution"],
      [machine.arn.apply((arn) => `${arn.replace(":stateMachine:", ":execution:")}:*`)],
    ),
  ];
  const copyPolicy = policyOf(`${prefix}-copy`, copy.role, opts, [
    copy.writesLog,
    readsPointer,
    describes,
    allow("ReadSource", ["dynamodb:Scan"], [source.arn]),
    writesTarget,
    records(["GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem"]),
    ...starts,
    allow("StartReplay", ["lambda:UpdateEventSourceMapping"], [mapping.arn]),
  ]);
  const verifyPolicy = policyOf(`${prefix}-verify`, verify.role, opts, [
    verify.writesLog,
    describes,
    allow("ReadItems", ["dynamodb:Scan", "dynamodb:BatchGetItem"], [source.arn, target.arn]),
    records(["GetItem", "Query", "PutItem", "UpdateItem", "BatchWriteItem"]),
    ...starts,
    ...readsStream(record),
  ]);
  new aws.lambda.EventSourceMapping(
    `${prefix}-verify`,
    {
      functionName: verify.function.arn,
      eventSourceArn: record.streamArn,
      startingPosition: "TRIM_HORIZON",
      filterCriteria: {
        filters: [
          { pattern: JSON.stringify({ dynamodb: { Keys: { sk: { S: [VERIFY_REQUEST] } } } }) },
        ],
      },
      ...tags,
    },
    { ...opts, dependsOn: [verifyPolicy] },
  );
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
      dependsOn: [copyPolicy, verifyPolicy, machinePolicy, ...(parts.swap ? [parts.swap] : [])],
    },
  );
}

/** What Lambda needs to read a table's stream for a function. */
const readsStream = ({ streamArn }: aws.dynamodb.Table) => [
  allow(
    "ReadStream",
    ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"],
    [streamArn],
  ),
  allow("ListStreams", ["dynamodb:ListStreams"], ["*"]),
];
