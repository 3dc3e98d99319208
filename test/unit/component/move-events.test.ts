import * as pulumi from "@pulumi/pulumi";
import { knownTopics } from "../../../src/component/alarm-topics";
import {
  assertNoOtherStream,
  checkedView,
  recordedTable,
} from "../../../src/component/move-events";

jest.mock("../../../src/dynamic", () => ({
  ...jest.requireActual("../../../src/dynamic"),
  hasMocks: () => false,
}));
jest.mock("@pulumi/aws", () => ({
  getRegion: async () => ({ region: "eu-west-1" }),
  getPartition: async () => ({ partition: "aws" }),
  dynamodb: { getTable: async ({ name }: { name: string }) => table(name) },
}));

let table: (name: string) => object;
let state: Record<string, { outputs: object }> = {};
const mocks: pulumi.runtime.Mocks = {
  call: ({ token, inputs }) =>
    token === "pulumi:pulumi:readStackResourceOutputs" ? { outputs: state } : inputs,
  newResource: ({ name, inputs }) => ({ id: name, state: inputs }),
};
void pulumi.runtime.setMocks(mocks, "project", "stack", false, "organization");

const check = (answer: typeof table, recorded?: Record<string, unknown>) => {
  table = answer;
  return assertNoOtherStream(
    "shop_swap",
    undefined,
    new pulumi.ComponentResource("test:index:Parent", "parent"),
    recorded,
  );
};
const fails = (message: string) => () => {
  throw new Error(message);
};

test.each<[string, typeof table]>([
  ["that is not there yet", fails("reading DynamoDB Table (shop_swap): couldn't find resource")],
  ["without a stream", () => ({ streamEnabled: false, streamViewType: "" })],
  ["whose stream was disabled", () => ({ streamEnabled: false, streamViewType: "KEYS_ONLY" })],
  ["with its own stream", () => ({ streamEnabled: true, streamViewType: "NEW_AND_OLD_IMAGES" })],
])("a control table %s may send its moves", async (_which, answer) => {
  await expect(check(answer)).resolves.toBeUndefined();
});

test.each<[string, typeof table, RegExp]>([
  [
    "with a stream of keys",
    () => ({ streamEnabled: true, streamViewType: "KEYS_ONLY" }),
    /KEYS_ONLY/,
  ],
  [
    "with a stream of new images",
    () => ({ streamEnabled: true, streamViewType: "NEW_IMAGE" }),
    /NEW_IMAGE/,
  ],
  ["that can't be described", fails("AccessDeniedException: not\n authorized"), /not authorized/],
])("a control table %s is refused", async (_which, answer, reason) => {
  const refusal = check(answer);
  await expect(refusal).rejects.toThrow(pulumi.ResourceError);
  await expect(refusal).rejects.toThrow(reason);
  await expect(refusal).rejects.toThrow(/^[^\n]+$/);
});

const STREAM = { streamEnabled: true, streamViewType: "NEW_AND_OLD_IMAGES" };

test("a stream that the state lacks is refused, with what to run", async () => {
  await expect(check(() => STREAM, { streamEnabled: false })).rejects.toThrow("run pulumi refresh");
  await expect(check(() => STREAM, { streamEnabled: true })).resolves.toBeUndefined();
});

const declared = (parent: pulumi.ComponentResource, events = "default") =>
  checkedView(events, {
    ...{ resource: "shop", name: undefined, newName: "shop_swap" },
    ...{ region: undefined, parent },
  });

const urn = (name: string) =>
  `urn:pulumi:stack::project::test:index:Parent$aws:dynamodb/table:Table::${name}`;

test("a component that was renamed is asked of the table that it keeps", async () => {
  const parent = new pulumi.ComponentResource(
    "test:index:Parent",
    "shop",
    {},
    { aliases: [{ name: "old" }] },
  );
  const outputs = { name: "old_swap", streamEnabled: false };
  state = { [urn("other")]: { outputs: {} }, [urn("old")]: { outputs } };
  expect(await recordedTable("shop", parent)).toEqual(outputs);
  const asked: string[] = [];
  table = (name) => {
    asked.push(name);
    return { streamEnabled: false };
  };
  await declared(parent);
  state = {};
  await declared(parent);
  expect(asked).toEqual(["old_swap", "shop_swap"]);
});

test("a bus of another Region than the provider's is refused", async () => {
  table = () => ({ streamEnabled: false });
  const parent = new pulumi.ComponentResource("test:index:Parent", "shop");
  const bus = (region: string, of = "aws") =>
    `arn:${of}:events:${region}:123456789012:event-bus/ops`;
  expect(await declared(parent, bus("eu-west-1"))).toBe("NEW_AND_OLD_IMAGES");
  await expect(declared(parent, bus("us-east-1"))).rejects.toThrow("eu-west-1");
  await expect(declared(parent, bus("eu-west-1", "aws-cn"))).rejects.toThrow("arn:aws:events:");
});

const topic = (region: string, of = "aws") => `arn:${of}:sns:${region}:123456789012:on-call`;
test.each<[string, string | undefined, string]>([
  ["another Region than the provider's", undefined, topic("us-east-1")],
  ["another Region than the table's", "us-east-1", topic("eu-west-1")],
  ["another partition", undefined, topic("eu-west-1", "aws-cn")],
])("a topic of %s is refused once it is known", async (_which, region, arn) => {
  const parent = new pulumi.ComponentResource("test:index:Parent", "shop");
  const told = (given: string) => knownTopics({ name: "topics", region }, [given], parent);
  const own = topic(region ?? "eu-west-1");
  expect(await told(own)).toEqual([own]);
  const refusal = told(arn);
  await expect(refusal).rejects.toThrow(pulumi.ResourceError);
  await expect(refusal).rejects.toThrow(
    `topics "${arn}" is not valid: want ARNs of SNS topics in the alarms' Region, ${region ?? "eu-west-1"}`,
  );
});
