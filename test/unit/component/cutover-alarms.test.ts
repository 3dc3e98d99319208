import { execFileSync } from "node:child_process";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import * as pulumi from "@pulumi/pulumi";
import { CutoverAlarms, type CutoverAlarmsArgs } from "../../../src/component";
import { reportParked } from "../../../src/migration/lambda/metrics";
import { MAX_PARKED } from "../../../src/migration/parked";

interface Metric {
  namespace: string;
  metricName: string;
  dimensions: Record<string, string>;
}

interface Alarm extends Metric {
  threshold: number;
  treatMissingData: string;
  alarmActions?: string[];
  okActions?: string[];
  insufficientDataActions?: string[];
}

const TOPIC = "arn:aws:sns:eu-west-1:123456789012:on-call";
let region = "eu-west-1";
const made = new Map<string, Record<string, unknown>>();

const mocks: pulumi.runtime.Mocks = {
  call: ({ inputs }) => inputs,
  newResource({ type, name, inputs }) {
    made.set(`${type.split(":").at(-1)} ${name}`, inputs);
    return { id: name, state: { ...inputs, arn: `arn:aws:cloudwatch:${region}:1:alarm:${name}` } };
  },
};
void pulumi.runtime.setMocks(mocks, "shop", "prod");

const settle = <T>(output: pulumi.Output<T>) =>
  new Promise<T>((done) => output.apply((value) => done(value as T)));

async function alarms(rest: Partial<CutoverAlarmsArgs> = {}): Promise<Record<string, Alarm>> {
  made.clear();
  const component = new CutoverAlarms("orders", {
    alias: "orders",
    controlTable: "shop_swap",
    ...rest,
  });
  await settle(component.dashboard);
  return Object.fromEntries(
    Object.keys(await settle(component.alarms)).map((kind) => [
      kind,
      made.get(`MetricAlarm orders-${kind}`) as unknown as Alarm,
    ]),
  );
}

/** The metrics of a line in the embedded metric format. */
function metricsIn(text: string): Metric[] {
  const line = JSON.parse(text);
  const [{ Namespace, Dimensions, Metrics }] = line._aws.CloudWatchMetrics;
  const dimensions = Object.fromEntries(Dimensions[0].map((each: string) => [each, line[each]]));
  for (const { Name } of Metrics) expect(line[Name]).toEqual(expect.any(Number));
  return Metrics.map(({ Name }: { Name: string }) => ({
    namespace: Namespace,
    metricName: Name,
    dimensions,
  }));
}

test("the readers' alarms watch what the example prints", async () => {
  const example = pathToFileURL(join(resolve(__dirname, "../../.."), "examples/reader/emf.mjs"));
  const counters = { refreshes: 1, refreshErrors: 0, changes: 1, refusedAnswers: 0, retries: 0 };
  const status = {
    alias: "orders",
    controlTable: "arn:aws:dynamodb:eu-west-1:123456789012:table/shop_swap",
    activeVersion: 2,
    pointerAgeMs: 9,
    stalenessMs: 5,
    counters: { ...counters, heldWrites: 1 },
  };
  const program = `import { emfReporter, longestHold } from ${JSON.stringify(example.href)};
let now = 1_000;
Date.now = () => now;
const { stalenessMs, ...status } = ${JSON.stringify(status)};
let read = {};
const holds = longestHold();
const report = emfReporter({ status: () => ({ ...status, ...read }) }, holds);
now = 91_000;
for (const heldMs of [3, 7, 5]) holds.onEvent({ kind: "write-held", heldMs });
report();
read = { stalenessMs };
report();`;
  const printed = execFileSync(process.execPath, ["--input-type=module", "--eval", program]);
  const [line = "", again = ""] = printed.toString().split("\n");
  const first = { LongestHold: 7, Changes: 1, HeldWrites: 1, Staleness: 90_000 };
  expect(JSON.parse(line)).toMatchObject(first);
  expect(JSON.parse(again)).toMatchObject({ Changes: 0, Staleness: 5 });
  expect(JSON.parse(again)).not.toHaveProperty("LongestHold");
  const metrics = metricsIn(line);
  const { stale, held, moved, ...more } = await alarms();
  expect(more).toEqual({});
  for (const { namespace, metricName, dimensions } of [stale, held, moved] as Alarm[])
    expect(metrics).toContainEqual({ namespace, metricName, dimensions });
});

test("a migration's alarms watch what Lambda measures of its replay, and what its functions print", async () => {
  const { lag, parked, parkedBack } = await alarms({ migratingTo: 2 });
  expect(lag).toMatchObject({
    namespace: "AWS/Lambda",
    metricName: "IteratorAge",
    dimensions: { FunctionName: "orders-v2-replay" },
    threshold: 300_000,
  });
  const printed: string[] = [];
  const write = jest.spyOn(process.stdout, "write").mockImplementation((text) => {
    printed.push(String(text));
    return true;
  });
  reportParked({ alias: "orders", to: 2 }, 3, 1);
  process.env.AWS_LAMBDA_FUNCTION_NAME = "orders-v2-replay";
  reportParked({ alias: "orders", to: 2 }, 3, 1);
  reportParked({ alias: "orders", to: 2 }, 3, 1, "target");
  delete process.env.AWS_LAMBDA_FUNCTION_NAME;
  write.mockRestore();
  const watched = [parked, parkedBack].map((alarm) => {
    const { namespace, metricName, dimensions } = alarm as Alarm;
    return [{ namespace, metricName, dimensions }];
  });
  expect(printed.map(metricsIn)).toEqual(watched);
});

test("the topics hear of every alarm, of its end unless values come and go, and of readers that report none", async () => {
  const all = await alarms({ migratingTo: 2, topics: [TOPIC, pulumi.output(TOPIC)] });
  const hears = (actions: "alarmActions" | "okActions" | "insufficientDataActions") =>
    Object.entries(all).flatMap(([kind, { [actions]: topics }]) =>
      topics?.join() === `${TOPIC},${TOPIC}` ? [kind] : [],
    );
  expect(hears("alarmActions")).toEqual(Object.keys(all));
  expect(hears("okActions")).toEqual(["stale", "held", "moved"]);
  expect(hears("insufficientDataActions")).toEqual(["stale"]);
});

test("no alarm lasts once its metric has no values", async () => {
  const all = await alarms({ migratingTo: 2 });
  expect(Object.values(all).filter((each) => each.treatMissingData === "ignore")).toEqual([]);
});

test("a control table given by its ARN is watched by its name, as readers report it", async () => {
  const { stale } = await alarms({
    controlTable: "arn:aws:dynamodb:eu-west-1:123456789012:table/shop_swap",
  });
  expect(stale?.dimensions.ControlTable).toBe("shop_swap");
  expect(made.get("Dashboard orders")?.dashboardBody).toContain('"ControlTable","shop_swap"');
});

test("the dashboard shows the alarms' states, and each metric in their Region", async () => {
  await alarms({ migratingTo: 2 });
  const { dashboardBody } = made.get("Dashboard orders") ?? {};
  const [states, ...graphs] = JSON.parse(String(dashboardBody)).widgets;
  expect(states.properties.alarms).toHaveLength(6);
  expect(graphs).toHaveLength(7);
  for (const { properties } of graphs) expect(properties.region).toBe("eu-west-1");
});

test("no other project, stack or Region has a dashboard of the same name, which would replace it", async () => {
  const name = async (at: string) => {
    region = at;
    await alarms();
    return made.get("Dashboard orders")?.dashboardName;
  };
  expect(await name("us-east-1")).toBe("shop-prod-us-east-1-orders-cut-over");
  expect(await name("eu-west-1")).toBe("shop-prod-eu-west-1-orders-cut-over");
});

test.each<[string, object]>([
  ["an alias that is none", { alias: "a/b" }],
  ["a version that is none", { migratingTo: 0 }],
  ["a topic that is none", { topics: ["on-call"] }],
  ["more topics than an alarm tells", { topics: Array(6).fill(TOPIC) }],
  ["a topic of another service", { topics: [TOPIC.replace(":sns:", ":sqs:")] }],
  ["a staleness below its bounds", { maxStaleness: "10ms" }],
  ["a lag that no stream holds", { maxLag: "25h" }],
  ["a hold without a unit", { maxHold: "5" }],
  ["more parked keys than stop a run", { maxParkedKeys: MAX_PARKED + 1 }],
  ["a misspelt bound", { maxStale: "30s" }],
])("%s is refused", (_what, rest) => {
  const args = { alias: "orders", controlTable: "shop_swap", ...rest };
  expect(() => new CutoverAlarms("bad", args)).toThrow(pulumi.ResourceError);
  expect(() => new CutoverAlarms("bad", args)).toThrow(/^[^\n]+$/);
});

test("as many parked keys as a run may have are no alarm, if the program says so", async () => {
  const { parked } = await alarms({ migratingTo: 2, maxParkedKeys: MAX_PARKED });
  expect(parked?.threshold).toBe(MAX_PARKED);
});
