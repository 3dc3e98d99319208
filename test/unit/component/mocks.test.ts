import * as childProcess from "node:child_process";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import * as pulumi from "@pulumi/pulumi";
import type * as swapPackage from "../../../src";

jest.mock("node:child_process", () => {
  const real = jest.requireActual<typeof childProcess>("node:child_process");
  return { ...real, execFileSync: jest.fn(real.execFileSync) };
});

interface Made {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
}

const made: Made[] = [];
const called: string[] = [];
/** Tables that are there once their promise settles, by name. */
const slow: Record<string, Promise<void>> = {};
/** Further outputs of resources, by name. */
const planned: Record<string, object> = {};
const send = jest.spyOn(DynamoDBClient.prototype, "send");
let swap: typeof swapPackage;

/** A user's unit test of a program, as Pulumi's guide writes it. */
beforeAll(async () => {
  await pulumi.runtime.setMocks({
    newResource: async ({ type, name, inputs }) => {
      made.push({ type, name, inputs });
      await slow[inputs.name];
      return {
        id: inputs.name ?? `${name}-id`,
        state: {
          ...inputs,
          ...planned[name],
          arn: `arn:aws:dynamodb:eu-west-1:123456789012:table/${inputs.name}`,
        },
      };
    },
    call: ({ token, inputs }) => {
      called.push(token);
      return inputs;
    },
  });
  swap = require("../../../src") as typeof import("../../../src");
});

const args = (rest: object) => ({
  alias: "orders",
  table: { hashKey: "id", attributes: [{ name: "id", type: "S" }] },
  versions: [3, 4],
  activeVersion: 4,
  ...rest,
});

const settle = <T>(output: pulumi.Output<T>) =>
  new Promise<T>((resolve) => output.apply((value) => resolve(value as T)));

test.each([
  ["plain", {}],
  ["with keep", { retention: { keep: 1 } }],
  ["with a reason", { reason: "a new index" }],
  ["with an adoption", { versions: { 3: { adopt: true }, 4: {} } }],
])(
  "a program under mocks makes no request, calls no function and starts no process: %s",
  async (_name, rest) => {
    made.length = 0;
    const data = new swap.VersionedTable("data", args(rest) as never);
    expect(Object.keys(await settle(data.versions))).toEqual(["3", "4"]);
    expect(await settle(data.activeVersion)).toBe(4);
    expect(
      made
        .filter(({ type }) => type === "aws:dynamodb/table:Table")
        .map(({ inputs }) => inputs.name),
    ).toEqual(expect.arrayContaining(["data_swap", "orders_v3", "orders_v4"]));
    expect(send).not.toHaveBeenCalled();
    expect(called).toEqual([]);
    expect(childProcess.execFileSync).not.toHaveBeenCalled();
  },
);

test("a reason is what the program says, without a commit that differs with each run", async () => {
  made.length = 0;
  const data = new swap.VersionedTable("reasoned", args({ reason: "a new index" }) as never);
  await settle(data.activeVersion);
  const swapped = made.find(({ type }) => type.endsWith("ActiveVersion"));
  expect(swapped?.inputs.reason).toBe("a new index");
});

test("the swap records the name of version 1's table once that table is adopted", async () => {
  made.length = 0;
  const kinds = () => made.map(({ type }) => type.split(":").at(-1));
  let adopted = () => {};
  slow.customers = new Promise((resolve) => {
    adopted = resolve;
  });
  const data = new swap.VersionedTable(
    "named",
    args({
      versions: { 1: { name: "customers", adopt: true }, 2: {} },
      activeVersion: 2,
    }) as never,
  );
  const other = new swap.VersionedTable("other", args({ alias: "other" }) as never);
  await settle(other.activeVersion);
  expect(made.map(({ inputs }) => inputs.name)).toContain("customers");
  expect(kinds().filter((kind) => kind === "ActiveVersion")).toHaveLength(1);
  adopted();
  expect(await settle(data.activeVersion)).toBe(2);
});

test.each([
  ["the name that the plan knows", { retained: [1], firstTable: "customers" }, "customers"],
  ["the conventional name", {}, "orders_v1"],
])("a restore from a version 1 that is not declared uses %s", async (_what, plan, source) => {
  made.length = 0;
  planned.restored = plan;
  const data = new swap.VersionedTable(
    "restored",
    args({ versions: { 3: {}, 4: { restoreFrom: 1 } } }) as never,
  );
  await settle(data.versions);
  expect(made.find(({ inputs }) => inputs.name === "orders_v4")?.inputs.restoreSourceName).toBe(
    source,
  );
});
