import type { DynamoDBClient, TableDescription } from "@aws-sdk/client-dynamodb";
import { fromAws, proveLocation } from "../../src/aws";
import { lastWriterWinsWarning } from "../../src/aws/replicas";
import { missingActiveTable } from "../../src/dynamic/missing-active-table";
import { isSwapError } from "../../src/errors";
import {
  createControlTable,
  type HistoryEntry,
  type PointerRow,
  rollback,
} from "../../src/pointer";
import { type Candidate, canaries, type Gate, minItems, tableActive } from "../../src/readiness";
import { ReadMeter } from "../../src/readiness/read-meter";
import { SampleCount } from "../../src/readiness/sample-count";
import { deletionBlock, retentionPlan } from "../../src/retention";
import { UNKNOWN } from "../../src/validation";

type Answers = Record<string, unknown>;

/** A client that answers each kind of command with one value, or throws it. */
function answering(answers: Answers): DynamoDBClient {
  const send = async ({ constructor: { name } }: object) => {
    const answer = answers[name.replace("Command", "")];
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { send, config: { region: async () => "eu-west-1" } } as unknown as DynamoDBClient;
}

const failed = (name: string, message = "no") => Object.assign(new Error(message), { name });
const missing = failed("ResourceNotFoundException");

const row = (version: number, history: HistoryEntry[], rest: object = {}): PointerRow => ({
  alias: "orders",
  version,
  foreign: false,
  history,
  barred: [],
  retired: [],
  ...rest,
});
const set = (version: number, at?: number): HistoryEntry => ({
  version,
  kind: "set",
  ...(at !== undefined && { at }),
});
const corrupt = { alias: "orders", controlTable: "swap", attribute: "hist", found: '"x" (S)' };

/** Why a version's table may not be deleted. */
const blocks: [string, PointerRow | undefined, number][] = [
  ["active", row(5, [set(5, 1)], { activatedAt: 1 }), 5],
  ["active, seeded", row(5, [set(5, 0)], { activatedAt: 0 }), 5],
  ["active at an unknown time", row(5, [set(5)]), 5],
  ["in its grace period", row(5, [set(4, 1), set(5, 2)], { activatedAt: 2 }), 4],
  ["left at an unknown time", row(5, [set(4, 1), set(5)]), 4],
  ["a corrupt row", row(5, [], { corrupt }), 4],
  ["no row, version 1", undefined, 1],
  ["no row, another version", undefined, 2],
];

const described = (Table: TableDescription) => ({ DescribeTable: { Table } });
const keys: TableDescription = {
  TableStatus: "ACTIVE",
  KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
  AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
};
const item = { pk: { S: "a" } };
const tally = (add: (count: SampleCount) => void) => {
  const count = new SampleCount(3, 0.9);
  add(count);
  const verdict = count.verdict(new ReadMeter(10), "orders_v5", "orders_v4");
  return { name: "coverage", check: async () => verdict } satisfies Gate;
};
const expecting = (attributes: Record<string, string>) =>
  canaries([{ key: { pk: "a" }, attributes }]);

/** What a gate says. */
const gates: [string, Gate, Answers][] = [
  ["table is being made", tableActive, described({ TableStatus: "CREATING" })],
  [
    "an index is being made",
    tableActive,
    described({
      TableStatus: "ACTIVE",
      GlobalSecondaryIndexes: [{ IndexName: "a", IndexStatus: "CREATING" }],
    }),
  ],
  ["table is missing", tableActive, { DescribeTable: missing }],
  ["count reached", minItems({ count: 2 }), { Scan: { Count: 2 } }],
  ["count not reached", minItems({ count: 2 }), { Scan: { Count: 1 } }],
  [
    "count beyond its budget",
    minItems({ count: 9, maxReadUnits: 1 }),
    { Scan: { Count: 2, LastEvaluatedKey: item, ConsumedCapacity: { CapacityUnits: 1 } } },
  ],
  [
    "canary there",
    canaries([{ key: { pk: "a" } }]),
    { ...described(keys), GetItem: { Item: item } },
  ],
  ["canary missing", canaries([{ key: { pk: "a" } }]), { ...described(keys), GetItem: {} }],
  [
    "canary differs",
    expecting({ text: "b" }),
    { ...described(keys), GetItem: { Item: { ...item, text: { S: "c" } } } },
  ],
  [
    "canary of another type",
    expecting({ text: "b" }),
    { ...described(keys), GetItem: { Item: { ...item, text: { N: "1" } } } },
  ],
  [
    "canary without the attribute",
    expecting({ text: "b" }),
    { ...described(keys), GetItem: { Item: item } },
  ],
  ["canary of another key", canaries([{ key: { id: "a" } }]), described(keys)],
  ["sample present", tally((count) => count.add(3, [], 0)), {}],
  ["sample not present", tally((count) => count.add(1, ['{"pk":"a"}', '{"pk":"b"}'], 0)), {}],
  ["sample changed meanwhile", tally((count) => count.add(0, [], 2)), {}],
];

const arn = (table: string, region = "eu-west-1", account = "123456789012") =>
  `arn:aws:dynamodb:${region}:${account}:table/${table}`;

/** Declared ARNs that the control table in eu-west-1 does not agree with. */
const places: [string, { tableArn?: string; controlTableArn?: string }][] = [
  ["another Region", { tableArn: arn("orders_v1", "us-east-1") }],
  ["another account", { tableArn: arn("orders_v1", "eu-west-1", "210987654321") }],
  ["another table", { controlTableArn: arn("other_swap") }],
];

/** Failures of AWS and the SDK. */
const failures: [string, Error][] = [
  ["no such table", missing],
  ["denied", failed("AccessDeniedException")],
  ["a role is denied", failed("AccessDenied")],
  ["no credentials", failed("CredentialsProviderError", "Could not load credentials")],
  ["no Region", failed("Error", "Region is missing")],
  ["an odd Region", failed("Error", 'Region not accepted: region="eu/west" is not valid.')],
  ["throttled", failed("ThrottlingException", "Rate exceeded")],
  [
    "a foreign answer",
    Object.assign(failed("SyntaxError", "Deserialization error: see $response"), {
      $response: { statusCode: 302 },
    }),
  ],
  ["a refused request", failed("ValidationException", "no such key")],
];

const lineOf = async (doing: Promise<unknown>): Promise<string> =>
  doing.then(
    () => "(nothing is refused)",
    (error: unknown) => {
      if (!isSwapError(error)) throw error;
      return error.line;
    },
  );

/** The wording of every reason that is made from a row, a table or an answer, by what it is about. */
export async function reasons(): Promise<string[]> {
  const lines: string[] = [];
  for (const [what, live, version] of blocks) {
    const block = deletionBlock(live, version, { graceMs: 1_000, now: 3 });
    lines.push(`deletion, ${what}: ${block?.reason}`);
  }
  const versions = { declared: [], undeclared: [1, 2, 3] };
  const terms = { graceMs: 1, now: 1e6, keep: 1 };
  for (const { version, decision, reason } of retentionPlan(
    row(4, [set(2, 1), set(4, 2)], { activatedAt: 2 }),
    versions,
    terms,
  ))
    lines.push(`retention plan, version ${version} ${decision}: ${reason}`);
  for (const [what, gate, answers] of gates) {
    const candidate: Candidate = {
      client: answering(answers),
      alias: "orders",
      version: 5,
      table: "orders_v5",
      activeTable: "orders_v4",
    };
    const verdict = await gate.check(candidate);
    lines.push(
      `gate ${gate.name}, ${what}: ` +
        (verdict.ready ? `${verdict.note}` : `${verdict.reason}; ${verdict.fix}`),
    );
  }
  const client = () => answering(described({ TableArn: arn("shop_swap") }));
  for (const [what, declared] of places)
    lines.push(
      `place, ${what}: ` +
        (await lineOf(proveLocation({ client: client(), controlTable: "shop_swap" }, declared))),
    );
  for (const [what, error] of failures) {
    const context = { client: answering({}), action: "GetItem", controlTable: "swap" };
    lines.push(`AWS, ${what}: ${(await fromAws(error, context)).line}`);
  }
  for (const rollbackFrom of [undefined, 6]) {
    const refusal = await missingActiveTable(
      { client: answering({ DescribeTable: missing }), controlTable: "shop_swap" },
      rollbackFrom === undefined ? { version: 5 } : {},
      {
        alias: "orders",
        controlTable: "shop_swap",
        version: 5,
        table: UNKNOWN,
        ...(rollbackFrom !== undefined && { rollbackFrom }),
      },
      row(rollbackFrom ?? 5, []),
    );
    lines.push(`missing table${rollbackFrom ? ", rolled back to" : ""}: ${refusal?.line}`);
  }
  const swap = { client: answering({}), controlTable: "shop_swap" };
  lines.push(`rollback: ${await lineOf(rollback(swap, "orders", { from: 5, to: 6 }))}`);
  const taken = answering({
    ...described({ TableStatus: "ACTIVE" }),
    CreateTable: failed("ResourceInUseException"),
  });
  lines.push(
    `control table: ${await lineOf(createControlTable({ client: taken, controlTable: "orders" }))}`,
  );
  lines.push(`warning, replicas: ${lastWriterWinsWarning("shop_swap", ["a", "b"])}`);
  return lines;
}
