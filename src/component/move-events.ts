import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { hasMocks, urnOf } from "../dynamic";
import { defined, formatValue, invalidInput } from "../validation";
import { recordedResources } from "./adoption";
import { isOf, type OwnRegion, ownRegion } from "./own-region";
import { allow } from "./policies";
import { oneLineResourceError } from "./resource-error";
import { policyOf, serviceRole } from "./service-role";
import { partitionOf } from "./state-machine";

/** The view type of the stream: a move shows only in both images. */
const VIEW = "NEW_AND_OLD_IMAGES";
const BUS = /^arn:[\w-]+:events:[\w-]+:\d{12}:event-bus\/[\w./-]{1,256}$/;

/** Entries of one PutEvents request. Source: Amazon EventBridge API Reference, PutEvents. */
const BATCH = 10;

/** The control table whose moves are sent. */
export interface MoveEventsParts {
  name: string;
  /** `default`, or the ARN of an event bus. */
  bus: pulumi.Input<string>;
  /** Topics that hear of what was not sent; without them there are no alarms. */
  topics: pulumi.Output<string[]> | undefined;
  table: aws.dynamodb.Table;
  kmsKeyArn: pulumi.Input<string> | undefined;
  region: pulumi.Input<string> | undefined;
  tags: aws.iam.RoleArgs["tags"] | undefined;
  parent: pulumi.Resource;
}

/** A control table as the program declares it. */
interface DeclaredTable {
  /** The resource's name. */
  resource: string;
  /** The table's name; absent if the state's is kept. */
  name: pulumi.Input<string> | undefined;
  /** The name of a new table. */
  newName: string;
  region: pulumi.Input<string> | undefined;
  parent: pulumi.Resource;
}

/**
 * The stream arguments of a control table that sends its moves. An existing stream of another view type is refused
 * before the table is changed: AWS would end it, with those who read it.
 *
 * @throws pulumi.ResourceError, also for what is no event bus of its Region and if the table can't be described
 */
export function streamArgs(
  bus: pulumi.Input<string>,
  declared: DeclaredTable,
): Pick<aws.dynamodb.TableArgs, "streamEnabled" | "streamViewType"> {
  const { region } = declared;
  if (bus === null || typeof bus !== "object")
    assertBus(bus, typeof region === "string" ? { region } : {}, declared.parent);
  const streamViewType = pulumi
    .all([declared.name, bus, region])
    .apply(([name, events, at]) => checkedView(events, { ...declared, name, region: at }));
  return { streamEnabled: true, streamViewType };
}

/** The view type, once everything that stands in the way is ruled out. */
export async function checkedView(
  bus: string,
  table: Omit<DeclaredTable, "name" | "region"> & Record<"name" | "region", string | undefined>,
): Promise<string> {
  const { region, parent } = table;
  assertBus(bus, bus === "default" ? {} : await ownRegion(region, parent), parent);
  if (hasMocks()) return VIEW;
  const recorded = await recordedTable(table.resource, parent);
  const name = table.name ?? (recorded?.name as string | undefined) ?? table.newName;
  await assertNoOtherStream(name, region, parent, recorded);
  return VIEW;
}

/** A request for another Region's bus fails. */
function assertBus(bus: unknown, at: OwnRegion, parent: pulumi.Resource): void {
  const isBus = typeof bus === "string" && BUS.test(bus);
  if (bus === "default" || (isBus && isOf(at, bus))) return;
  const { partition = "aws", region } = at;
  throw oneLineResourceError(
    invalidInput(
      "events",
      formatValue(bus),
      `want the event bus that moves are sent to${isBus ? `, in the table's Region, ${region}` : ""}`,
      `write "default", or the ARN of an event bus${isBus ? ` there, arn:${partition}:events:${region}:…, and let its rule send them on` : ""}`,
    ),
    parent,
  );
}

/** What the state has of the table, also under the names that the component had. */
export async function recordedTable(
  name: string,
  parent: pulumi.Resource,
): Promise<Record<string, unknown> | undefined> {
  const type = "aws:dynamodb/table:Table";
  const { __aliases: aliases = [] } = parent as { __aliases?: pulumi.Input<string>[] };
  const before = aliases.map(
    (alias) =>
      new Promise<string>((done) =>
        pulumi.output(alias).apply((urn) => {
          const [stack, project, component, ...names] = urn.split("::");
          done([stack, project, `${component}$${type}`, ...names].join("::"));
        }),
      ),
  );
  const recorded = await recordedResources();
  for (const urn of await Promise.all([urnOf(type, name, parent), ...before]))
    if (recorded[urn]?.outputs) return recorded[urn].outputs;
  return undefined;
}

/**
 * Refuses a control table whose stream others may read, as its view type shows, and one whose stream the state does not
 * have: the update would enable it once more, which DynamoDB refuses. Source: DynamoDB API Reference, UpdateTable.
 *
 * @param recorded what the state has of the table, if anything
 * @throws pulumi.ResourceError, also if the table can't be described
 */
export async function assertNoOtherStream(
  name: string,
  region: string | undefined,
  parent: pulumi.Resource,
  recorded: Record<string, unknown> | undefined,
) {
  const refuse = (rule: string, fix: string): never => {
    throw oneLineResourceError(invalidInput("events", formatValue(name), rule, fix), parent);
  };
  const found = await aws.dynamodb
    .getTable({ name, ...defined({ region }) }, { parent })
    .catch((error: unknown) => {
      const said = String((error as Error).message ?? error).replace(/\s+/g, " ");
      // Without a table there is no stream.
      if (/ResourceNotFound|couldn't find resource|empty result/i.test(said)) return undefined;
      return refuse(
        `the control table's stream can't be looked at: ${said.slice(0, 500)}`,
        "let the aws provider describe the table, or leave events out",
      );
    });
  if (!found?.streamEnabled) return;
  if (found.streamViewType === VIEW && recorded && recorded.streamEnabled !== true)
    refuse("the control table has a stream that the stack's state lacks", "run pulumi refresh");
  if (found.streamViewType === VIEW) return;
  refuse(
    `the control table has a stream of ${found.streamViewType}, want ${VIEW}`,
    "end what reads that stream and disable it, or leave events out",
  );
}

/**
 * Sends each move of a control table's pointers to an event bus: a pipe passes the changes of rows to a state machine,
 * which sends those that changed the version. A pipe's filter can't compare two images, and a row also changes with a
 * fence and with a table's deletion.
 */
export function sendMoves({
  name,
  bus,
  topics,
  table,
  kmsKeyArn,
  region,
  tags,
  parent,
}: MoveEventsParts): void {
  const logicalName = `${name}-events`;
  const opts = { parent };
  const tagged = defined({ tags });
  const common = defined({ tags, region });
  const busArn = pulumi
    .all([bus, table.arn])
    .apply(([given, arn]) => (given === "default" ? defaultBus(arn) : given));

  const machineRole = serviceRole(`${logicalName}-send`, "states.amazonaws.com", tagged, opts);
  const sends = policyOf(`${logicalName}-send`, machineRole, opts, [
    allow("PutEvents", ["events:PutEvents"], [busArn]),
  ]);
  const machine = new aws.sfn.StateMachine(
    logicalName,
    {
      roleArn: machineRole.arn,
      definition: pulumi.jsonStringify(sendingMoves(table, busArn)),
      ...common,
    },
    { ...opts, dependsOn: [sends] },
  );

  const pipeRole = serviceRole(logicalName, "pipes.amazonaws.com", tagged, opts);
  const reads = policyOf(logicalName, pipeRole, opts, [
    allow(
      "ReadStream",
      ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"],
      [table.streamArn],
    ),
    allow("ListStreams", ["dynamodb:ListStreams"], ["*"]),
    allow("StartExecution", ["states:StartExecution"], [machine.arn]),
    ...(kmsKeyArn === undefined ? [] : [allow("Decrypt", ["kms:Decrypt"], [kmsKeyArn])]),
  ]);
  const pipe = new aws.pipes.Pipe(
    logicalName,
    {
      roleArn: pipeRole.arn,
      source: table.streamArn,
      sourceParameters: {
        // From the stream's start: a move made before the pipe runs is sent too.
        dynamodbStreamParameters: { startingPosition: "TRIM_HORIZON", batchSize: BATCH },
        filterCriteria: {
          filters: [
            {
              pattern: JSON.stringify({
                dynamodb: { NewImage: { ver: { N: [{ exists: true }] } } },
              }),
            },
          ],
        },
      },
      target: machine.arn,
      targetParameters: {
        stepFunctionStateMachineParameters: { invocationType: "FIRE_AND_FORGET" },
      },
      ...common,
    },
    { ...opts, dependsOn: [reads] },
  );
  if (!topics) return;
  // The pipe tries until the stream drops a record, and a failed execution keeps its input: no dead-letter queue.
  const alarm = (kind: string, failure: FailureMetric) =>
    new aws.cloudwatch.MetricAlarm(
      `${logicalName}-${kind}`,
      {
        ...failure,
        statistic: "Sum",
        comparisonOperator: "GreaterThanThreshold",
        threshold: 0,
        period: 60,
        treatMissingData: "notBreaching",
        alarmActions: topics,
        ...common,
      },
      opts,
    );
  alarm("failed", {
    alarmDescription: `An execution could not send moves of ${name}: redrive it.`,
    namespace: "AWS/States",
    metricName: "ExecutionsFailed",
    evaluationPeriods: 1,
    dimensions: { StateMachineArn: machine.arn },
  });
  alarm("stuck", {
    alarmDescription: `The pipe of ${name} keeps failing to start an execution: describe-pipe shows why.`,
    namespace: "AWS/EventBridge/Pipes",
    metricName: "ExecutionFailed",
    // One try may fail: the pipe repeats it by itself, ever less often.
    evaluationPeriods: 15,
    datapointsToAlarm: 3,
    dimensions: { PipeName: pipe.name },
  });
}

type FailureMetric = Pick<
  aws.cloudwatch.MetricAlarmArgs,
  | "alarmDescription"
  | "namespace"
  | "metricName"
  | "dimensions"
  | "evaluationPeriods"
  | "datapointsToAlarm"
>;

function defaultBus(tableArn: string): string {
  const [, partition, , region, account] = tableArn.split(":");
  return `arn:${partition}:events:${region}:${account}:event-bus/default`;
}

/**
 * JSONata for an event's detail, of a record with both images. What the row says of its author describes only a move
 * whose history entry has the row's version and time: others were made by a writer that leaves none. A number that is
 * no exact version or no time stays text. `text` fits into a JSON string as it is: an input template escapes nothing.
 */
const DETAIL = `(
  $version := function($n) { $contains($n, /^\\d{1,15}$/) ? $number($n) : $n };
  $row := dynamodb.NewImage;
  $entry := $row.hist.L[-1].M;
  $own := $entry.ver.N = $row.ver.N and $entry.at.N = $row.at.N;
  $from := dynamodb.OldImage.ver.N;
  $by := $own ? $entry.by.S;
  $why := $own ? $entry.why.S;
  $text := $row.pk.S & ": " & ($from ? "version " & $from & " to " : "to version ") & $row.ver.N
    & ($by ? ", by " & $by) & ($why ? ": " & $why);
  {
    "controlTable": $table,
    "alias": $row.pk.S,
    "from": $version($from),
    "to": $version($row.ver.N),
    "at": $contains($row.at.N, /^\\d{1,14}$/) ? $fromMillis($number($row.at.N)) : $row.at.N,
    "kind": $own ? $entry.kind.S : "foreign",
    "by": $by,
    "reason": $why,
    "text": $replace($replace($text, /[\\\\"]/, "'"), /[\\x00-\\x1f]+/, " ")
  }
)`;

/** The state machine: of a pipe's records, it sends those that moved a pointer, in order. A seed moves none. */
export function sendingMoves(table: aws.dynamodb.Table, bus: pulumi.Input<string>): object {
  return {
    QueryLanguage: "JSONata",
    StartAt: "Moves",
    States: {
      Moves: {
        Type: "Map",
        Items: pulumi.interpolate`{% ($table := "${table.name}"; [$states.input[
  $exists(dynamodb.NewImage.ver.N) and $not(dynamodb.NewImage.ver.N = dynamodb.OldImage.ver.N)
    and $not(dynamodb.NewImage.at.N = "0")].${DETAIL}]) %}`,
        MaxConcurrency: 1,
        ItemProcessor: {
          ProcessorConfig: { Mode: "INLINE" },
          StartAt: "Send",
          States: {
            Send: {
              Type: "Task",
              Resource: pulumi.interpolate`arn:${partitionOf(table.arn)}:states:::events:putEvents`,
              Arguments: {
                Entries: [
                  {
                    EventBusName: bus,
                    Source: "pulumi-swap",
                    DetailType: "Pointer moved",
                    Detail: "{% $states.input %}",
                  },
                ],
              },
              // An execution's output shows what it has sent.
              Output: "{% $states.input %}",
              Retry: [
                {
                  ErrorEquals: ["States.ALL"],
                  IntervalSeconds: 2,
                  BackoffRate: 2,
                  MaxDelaySeconds: 300,
                  // At most 69 minutes, half of that on average: then the alarm, and a redrive sends it.
                  MaxAttempts: 20,
                  JitterStrategy: "FULL",
                },
              ],
              End: true,
            },
          },
        },
        End: true,
      },
    },
  };
}
