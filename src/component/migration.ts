import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { inverseHash } from "../dynamic";
import { migrationTable, VERIFY_REQUEST } from "../migration";
import { defined } from "../validation";
import { type MigrationParts, machineName, migrationFunction } from "./migration-functions";
import { allow, ofAliases } from "./policies";
import { policyOf, serviceRole } from "./service-role";
import { definition } from "./state-machine";
import { mergedTags } from "./tags";

const BATCH_SIZE = 1_000;

/**
 * Creates the resources of a migration: its table, the functions with their roles and logs, the mappings from
 * the tables' streams, which are disabled until the copy is done, the state machine, and the call that starts
 * the copy once.
 */
export function createMigration(parts: MigrationParts): void {
  const { name, args, version, migration, source, target, controlTableArn, parent } = parts;
  const { alias } = args;
  const prefix = `${name}-v${version}-migration`;
  const opts = { parent, dependsOn: [parts.plan] };
  const tags = defined({ tags: mergedTags([args.tags]) });
  const goesBack = migration.inverse !== undefined;

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
      // Entries of what the replication writes.
      ...(migration.inverse && { ttl: { attributeName: "expires", enabled: true } }),
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
    // To distinguish what was replicated from what others wrote.
    allow("ReadTarget", ["dynamodb:BatchGetItem"], [target.arn]),
    ...(goesBack
      ? [
          allow("ReadSource", ["dynamodb:BatchGetItem", "dynamodb:Scan"], [source.arn]),
          allow("WriteSource", ["dynamodb:BatchWriteItem"], [source.arn]),
        ]
      : []),
    records([
      ...["GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "BatchGetItem"],
      ...(goesBack ? ["BatchWriteItem"] : []),
    ]),
    ...readsStream(source, ...(goesBack ? [target] : [])),
  ]);
  const streamMapping = (mappingName: string, { streamArn }: aws.dynamodb.Table) =>
    new aws.lambda.EventSourceMapping(
      mappingName,
      {
        functionName: replay.function.arn,
        eventSourceArn: streamArn,
        startingPosition: "TRIM_HORIZON",
        enabled: false,
        batchSize: BATCH_SIZE,
        functionResponseTypes: ["ReportBatchItemFailures"],
        ...tags,
      },
      // The execution enables it when the copy is done.
      { ...opts, dependsOn: [replayPolicy], ignoreChanges: ["enabled"] },
    );
  const mapping = streamMapping(prefix, source);
  const reverse = goesBack ? streamMapping(`${prefix}-reverse`, target) : undefined;
  const wayBack = reverse && { functionArn: replay.function.arn, mapping: reverse.uuid };
  const enablesPolicy =
    reverse &&
    policyOf(`${prefix}-reverse`, replay.role, opts, [
      allow("StartReverse", ["lambda:UpdateEventSourceMapping"], [reverse.arn]),
    ]);

  const copy = worker("copy", "copyHandler");
  const verify = worker("verify", "verifyHandler");
  const machineRole = serviceRole(`${prefix}-machine`, "states.amazonaws.com", tags, opts);
  const machine = new aws.sfn.StateMachine(
    prefix,
    {
      name: machineName(alias, version),
      roleArn: machineRole.arn,
      definition: pulumi.jsonStringify(
        definition(copy.function.arn, verify.function.arn, mapping.uuid, migration, wayBack),
      ),
      ...tags,
    },
    opts,
  );
  const executions = (rest: string) =>
    machine.arn.apply((arn) => `${arn.replace(":stateMachine:", ":execution:")}${rest}`);
  const machinePolicy = policyOf(`${prefix}-machine`, machineRole, opts, [
    allow(
      "Invoke",
      ["lambda:InvokeFunction"],
      [copy.function.arn, verify.function.arn, ...(goesBack ? [replay.function.arn] : [])],
    ),
    allow("StartChildren", ["states:StartExecution"], [machine.arn]),
    // Step Functions Developer Guide, IAM policies for using Distributed Map states. A child's ARN also names its map.
    allow(
      "FollowChildren",
      ["states:DescribeExecution", "states:StopExecution"],
      [executions(":*"), executions("/*")],
    ),
    // A redrive of an execution redrives its children: same guide, Redriving Map Runs.
    allow("RedriveChildren", ["states:RedriveExecution"], [executions("/*")]),
  ]);
  const starts = [
    allow("StartExecution", ["states:StartExecution"], [machine.arn]),
    allow("FollowExecution", ["states:DescribeExecution"], [executions(":*")]),
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
  const begin = new aws.lambda.Invocation(
    prefix,
    {
      functionName: copy.function.name,
      input: pulumi.jsonStringify({ begin: { stateMachine: machine.arn, segments } }),
      // What may be corrected after a copy that has failed, which the call then starts again.
      triggers: {
        concurrency: String(migration.concurrency),
        transform: migration.transform?.hash ?? "none",
        ...(goesBack && { inverse: inverseHash(migration.inverse) }),
      },
    },
    {
      ...opts,
      dependsOn: [copyPolicy, verifyPolicy, machinePolicy, enablesPolicy, parts.swap].filter(
        (each) => each !== undefined,
      ),
    },
  );
  // The execution makes this call when the copy is done; an inverse that is declared later needs it again.
  if (reverse && enablesPolicy)
    new aws.lambda.Invocation(
      `${prefix}-reverse`,
      {
        functionName: replay.function.name,
        input: pulumi.jsonStringify({ wayBack: { mapping: reverse.uuid } }),
        triggers: {
          inverse: inverseHash(migration.inverse),
          loss: migration.lossy ? "declared" : "none",
        },
      },
      { ...opts, dependsOn: [begin, enablesPolicy] },
    );
}

/** What Lambda needs to read tables' streams for a function. */
const readsStream = (...tables: aws.dynamodb.Table[]) => [
  allow(
    "ReadStream",
    ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"],
    tables.map(({ streamArn }) => streamArn),
  ),
  allow("ListStreams", ["dynamodb:ListStreams"], ["*"]),
];
