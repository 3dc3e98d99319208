import * as pulumi from "@pulumi/pulumi";
import jsonata from "jsonata";
import { ControlTable, type ControlTableArgs } from "../../src/component";
import {
  nameTable,
  permitDeletion,
  placeFence,
  type RawRow,
  readRawRow,
  removeFence,
  rollback,
  seedActive,
  setActive,
} from "../../src/pointer";
import { type Backend, backends, type RunningBackend } from "../support/backends";
import { goSet } from "../support/go-writer";
import { makeBench } from "./pointer/bench";

type Inputs = Record<string, string>;

/** The resources of a control table by type and name, as a program declares them. */
async function declared(
  args: ControlTableArgs,
  partition = "aws",
  made = new Map<string, Inputs>(),
): Promise<Map<string, Inputs>> {
  await pulumi.runtime.setMocks({
    call: ({ inputs }) => inputs,
    newResource({ type, name, inputs }) {
      made.set(`${type.split(":").at(-1)} ${name}`, inputs);
      const service = { Table: "dynamodb", StateMachine: "states" }[`${type.split(":").at(-1)}`];
      const arn = `arn:${partition}:${service}:eu-west-1:123456789012:table/${inputs.name}`;
      return {
        id: name,
        state: { name: `${name}-1`, ...inputs, arn, streamArn: `${arn}/stream/1` },
      };
    },
  });
  new ControlTable("shop", args);
  // Not among its declarations: it waits until every resource is made.
  await (pulumi.runtime as unknown as { waitForRPCs(): Promise<void> }).waitForRPCs();
  return made;
}

const found = (made: Map<string, Inputs>, name: string): Inputs => {
  const inputs = made.get(name);
  if (inputs === undefined) throw new Error(`no ${name} among ${[...made.keys()]}`);
  return inputs;
};

const statements = (made: Map<string, Inputs>, name: string) =>
  JSON.parse(found(made, `RolePolicy ${name}`).policy ?? "").Statement.map(
    ({ Action, Resource }: { Action: string[]; Resource: string[] }) => [Action, Resource],
  );

const LOCAL = "arn:aws:events:eu-west-1:123456789012:event-bus/default";
const TABLE = "arn:aws:dynamodb:eu-west-1:123456789012:table/shop_swap";

test("a control table without events has no stream, and makes nothing else", async () => {
  const made = await declared({});
  expect(found(made, "Table shop")).not.toHaveProperty("streamEnabled");
  expect([...made.keys()].filter((each) => /events/.test(each))).toEqual([]);
});

test.each([
  ["default", LOCAL],
  ["arn:aws:events:eu-west-1:123456789012:event-bus/ops/night", undefined],
])(
  "with events to %s, its stream is piped to what sends them, each with no more than it needs",
  async (events, bus = events) => {
    const made = await declared({ events, kmsKeyArn: "arn:key", region: "eu-west-1" });
    expect(found(made, "Table shop")).toMatchObject({
      streamEnabled: true,
      streamViewType: "NEW_AND_OLD_IMAGES",
    });
    const machine = "arn:aws:states:eu-west-1:123456789012:table/undefined";
    expect(found(made, "Pipe shop-events")).toMatchObject({
      source: `${TABLE}/stream/1`,
      target: machine,
      region: "eu-west-1",
    });
    expect(statements(made, "shop-events-send")).toEqual([[["events:PutEvents"], [bus]]]);
    expect(statements(made, "shop-events")).toEqual([
      [
        ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"],
        [`${TABLE}/stream/1`],
      ],
      [["dynamodb:ListStreams"], ["*"]],
      [["states:StartExecution"], [machine]],
      [["kms:Decrypt"], ["arn:key"]],
    ]);
    const { States } = JSON.parse(found(made, "StateMachine shop-events").definition ?? "");
    expect(States.Moves.ItemProcessor.States.Send.Arguments.Entries[0].EventBusName).toBe(bus);
  },
);

const TOPIC = "arn:aws:sns:eu-west-1:123456789012:on-call";

test("with topics, they hear of a failed execution, and of a pipe that fails on", async () => {
  const made = await declared({
    ...{ events: "default", eventTopics: [pulumi.output(TOPIC)], region: "eu-west-1" },
  });
  const alarm = (kind: string) => found(made, `MetricAlarm shop-events-${kind}`);
  const loud = {
    ...{ alarmActions: [TOPIC], threshold: 0, comparisonOperator: "GreaterThanThreshold" },
    ...{ statistic: "Sum", period: 60, region: "eu-west-1", treatMissingData: "notBreaching" },
  };
  expect(alarm("failed")).toMatchObject({
    ...{ ...loud, namespace: "AWS/States", metricName: "ExecutionsFailed", evaluationPeriods: 1 },
    dimensions: { StateMachineArn: "arn:aws:states:eu-west-1:123456789012:table/undefined" },
  });
  // The pipe repeats a failed try by itself, ever less often.
  expect(alarm("stuck")).toMatchObject({
    ...{ ...loud, namespace: "AWS/EventBridge/Pipes", metricName: "ExecutionFailed" },
    ...{ evaluationPeriods: 15, datapointsToAlarm: 3, dimensions: { PipeName: "shop-events-1" } },
  });
});

test("a bus that refuses is an alarm within some 70 minutes, and a short outage is none", async () => {
  const made = await declared({ events: "default" });
  const { States } = JSON.parse(found(made, "StateMachine shop-events").definition ?? "");
  const [{ IntervalSeconds, BackoffRate, MaxDelaySeconds, MaxAttempts, JitterStrategy }] =
    States.Moves.ItemProcessor.States.Send.Retry;
  let longestS = 0;
  for (let tried = 0; tried < MaxAttempts; tried += 1)
    longestS += Math.min(IntervalSeconds * BackoffRate ** tried, MaxDelaySeconds);
  expect(JitterStrategy).toBe("FULL");
  expect(longestS).toBeLessThanOrEqual(70 * 60);
  // Full jitter halves the waits on average.
  expect(longestS / 2).toBeGreaterThanOrEqual(30 * 60);
});

test.each<[string, ControlTableArgs]>([
  ["events undefined", { eventTopics: [TOPIC] }],
  ['eventTopics "on-call"', { events: "default", eventTopics: ["on-call"] }],
  ["eventTopics \\[\\]", { events: "default", eventTopics: [] }],
  ["eventTopics 6 topics", { events: "default", eventTopics: Array(6).fill(TOPIC) }],
  [
    `eventTopics "${TOPIC}"`,
    { events: "default", eventTopics: [pulumi.output(TOPIC), TOPIC], region: "eu-west-2" },
  ],
])("topics of moves are refused, before the table loses its stream: %s", async (which, args) => {
  const made = new Map<string, Inputs>();
  const error = await declared(args, "aws", made).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(pulumi.ResourceError);
  expect((error as Error).message).toMatch(new RegExp(`^${which} is not valid:[^\\n]+$`));
  await (pulumi.runtime as unknown as { waitForRPCs(): Promise<void> }).waitForRPCs();
  expect([...made.keys()].filter((each) => each.startsWith("Table"))).toEqual([]);
});

test("the state machine's integration is of the table's partition", async () => {
  const events = "arn:aws-cn:events:cn-north-1:123456789012:event-bus/ops";
  const made = await declared({ events, region: "cn-north-1" }, "aws-cn");
  const { States } = JSON.parse(found(made, "StateMachine shop-events").definition ?? "");
  expect(States.Moves.ItemProcessor.States.Send.Resource).toBe(
    "arn:aws-cn:states:::events:putEvents",
  );
});

test.each([
  ...["ops", "", "arn:aws:sns:eu-west-1:123456789012:ops", null],
  "arn:aws:events:us-east-1:123456789012:event-bus/default",
])("events to %p are refused", (events) => {
  const args = { events: events as string, region: "eu-west-1" };
  expect(() => new ControlTable("shop", args)).toThrow(pulumi.ResourceError);
  expect(() => new ControlTable("shop", args)).toThrow(/^[^\n]+$/);
});

describe("of the writes to a row", () => {
  const backend = backends[0] as Backend;
  let running: RunningBackend;
  beforeAll(async () => {
    running = await backend.start();
  });
  afterAll(() => running.stop());
  const { ref, alias } = makeBench(backend, () => running.endpoint);

  /** What the state machine sends for the stream's records, by the reference implementation of JSONata. */
  async function sent(records: object[]): Promise<object[]> {
    const { definition } = found(await declared({ events: "default" }), "StateMachine shop-events");
    const { Items } = JSON.parse(definition ?? "").States.Moves as { Items: string };
    const expression = jsonata(Items.slice(2, -2));
    return [...(await expression.evaluate(undefined, { states: { input: records } }))];
  }

  const image = (row: RawRow | undefined) => JSON.parse(JSON.stringify(row));

  /** The stream's records of these writes, in one batch. */
  async function recordsOf(of: string, writes: (() => Promise<unknown>)[]): Promise<object[]> {
    const records: object[] = [];
    for (const write of writes) {
      const OldImage = await readRawRow(ref(), of);
      await write();
      const NewImage = image(await readRawRow(ref(), of));
      expect(NewImage).not.toEqual(OldImage);
      records.push({ dynamodb: { NewImage, ...(OldImage && { OldImage: image(OldImage) }) } });
    }
    return records;
  }

  test("those that move the pointer are sent, with who and why, and no others", async () => {
    const of = alias();
    const by = { actor: "alice@bastion" };
    const records = await recordsOf(of, [
      () => setActive(ref(), of, 1, { ...by, reason: 'the "first"\n\\' }),
      () => placeFence(ref(), of, { from: 1, to: 2, operation: "op-1", budgetMs: 1_000 }),
      () => removeFence(ref(), of, "op-1"),
      () => placeFence(ref(), of, { from: 1, to: 2, operation: "op-2", budgetMs: 1_000 }),
      () => setActive(ref(), of, 2, { ...by, fence: "op-2" }),
      () => goSet(ref(), of, 3, 1_800_000_000_000),
      () => permitDeletion(ref(), of, 1, () => {}),
      () => rollback(ref(), of, { to: 2, from: 3, ...by, reason: "slow" }),
    ]);
    const event = { controlTable: "shop_swap", alias: of };
    const at = expect.stringMatching(/^2023-11-14T22:13:/);
    expect(await sent(records)).toEqual([
      {
        ...{ ...event, to: 1, at, kind: "set", by: "alice@bastion", reason: 'the "first"\n\\' },
        text: `${of}: to version 1, by alice@bastion: the 'first' '`,
      },
      {
        ...{ ...event, from: 1, to: 2, at, kind: "set", by: "alice@bastion" },
        text: `${of}: version 1 to 2, by alice@bastion`,
      },
      {
        ...{ ...event, from: 2, to: 3, at: "2027-01-15T08:00:00.000Z", kind: "foreign" },
        text: `${of}: version 2 to 3`,
      },
      {
        ...{ ...event, from: 3, to: 2, at, kind: "rollback", by: "alice@bastion", reason: "slow" },
        text: `${of}: version 3 to 2, by alice@bastion: slow`,
      },
    ]);
  });

  test("a version that no number holds exactly, and a time that is none, are sent as they are", async () => {
    const of = (ver: string, at?: string) => ({
      pk: { S: "orders" },
      ver: { N: ver },
      ...(at && { at: { N: at } }),
    });
    const nanoseconds = "1800000000000000000";
    const moves: [object, object][] = [
      [of("999999999999999"), of("9007199254740993", "1800000000000")],
      [of("9007199254740993"), of("9007199254740994", nanoseconds)],
      [of("1"), of("2")],
    ];
    const records = moves.map(([OldImage, NewImage]) => ({ dynamodb: { OldImage, NewImage } }));
    expect(await sent(records)).toMatchObject([
      { from: 999_999_999_999_999, to: "9007199254740993", at: "2027-01-15T08:00:00.000Z" },
      { from: "9007199254740993", to: "9007199254740994", at: nanoseconds },
      { from: 1, to: 2 },
    ]);
  });

  test("a seed, the name of a first table and a deleted row are not sent", async () => {
    const [seeded, named] = [alias(), alias()];
    const records = [
      ...(await recordsOf(seeded, [() => seedActive(ref(), seeded, 7)])),
      ...(await recordsOf(named, [
        () => seedActive(ref(), named, 1),
        () => nameTable(ref(), named, "customers"),
      ])),
      { dynamodb: { OldImage: { pk: { S: "gone" }, ver: { N: "3" }, at: { N: "5" } } } },
    ];
    expect(await sent(records)).toEqual([]);
  });
});
