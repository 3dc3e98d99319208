import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SwapError } from "../../../src/errors";
import { createResolver, follow, pin, type ResolverOptions, snapshotAt } from "../../../src/reader";
import { settingsOf } from "../../../src/reader/options";
import { observe } from "../../../src/reader/otel";

const client = new DynamoDBClient({ region: "eu-west-1" });
const good = { alias: "orders", controlTable: "shop_swap", client };

test("defaults", () => {
  expect(settingsOf(good)).toEqual({
    ...good,
    refreshMs: 5_000,
    maxStaleMs: 60_000,
    readTimeoutMs: 3_000,
    jitter: 0.1,
  });
  expect(settingsOf({ ...good, refreshMs: 600_000 }).maxStaleMs).toBe(1_200_000);
});

test.each([
  ["refreshMs", 100],
  ["refreshMs", 3_600_000],
  ["maxStaleMs", 5_000],
  ["maxStaleMs", 604_800_000],
  ["readTimeoutMs", 50],
  ["jitter", 0],
  ["jitter", 0.5],
  ["controlTable", "arn:aws:dynamodb:eu-west-1:123456789012:table/shop_swap"],
])("%s %p is within the bounds", (name, value) => {
  expect(settingsOf({ ...good, [name]: value })).toMatchObject({ [name]: value });
});

test.each([
  ["refreshMs", 99, "want a number from 100 to 3600000"],
  ["refreshMs", 3_600_001, "want a number from 100 to 3600000"],
  ["refreshMs", Number.NaN, "want a number from 100 to 3600000"],
  ["refreshMs", "5000", "want a number from 100 to 3600000"],
  ["maxStaleMs", 4_999, "want a number from 5000 to 604800000"],
  ["readTimeoutMs", 49, "want a number from 50 to 60000"],
  ["jitter", 0.6, "want a number from 0 to 0.5"],
  ["controlTable", "", "want the name or ARN of a DynamoDB table"],
  ["controlTable", undefined, "want the name or ARN of a DynamoDB table"],
  ["controlTable", "orders", "it is the alias"],
  ["client", {}, "want a DynamoDBClient"],
  ["client", undefined, "want a DynamoDBClient"],
  ["onChange", "x", "want a function"],
  ["onEvent", 1, "want a function"],
])("%s %p is refused in one line with its fix", (name, value, rule) => {
  const options = { ...good, [name]: value } as ResolverOptions;
  let thrown: unknown;
  try {
    createResolver(options);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(SwapError);
  expect(thrown).toMatchObject({ code: "swap.input-invalid", payload: { name, rule } });
  expect((thrown as SwapError).line).not.toContain("\n");
});

const cyclic: { self?: unknown } = {};
cyclic.self = cyclic;
const config = { credentials: { accessKeyId: "k", secretAccessKey: "s3cret" } };

test.each<[string, unknown, string]>([
  ["refreshMs", 5_000n, "refreshMs 5000 is not valid: want a number from 100 to 3600000"],
  ["jitter", Symbol("jitter"), "jitter Symbol(jitter) is not valid: want a number from 0 to 0.5"],
  ["maxStaleMs", cyclic, "maxStaleMs (an object) is not valid: want a number from 5000 to"],
  ["controlTable", () => "x", "controlTable (a function) is not valid: want the name or ARN"],
  ["controlTable", client, "controlTable (DynamoDBClient) is not valid: want the name or ARN"],
  ["onChange", 1n, "onChange 1 is not valid: want a function"],
  ["onEvent", Object.create(null), "onEvent {} is not valid: want a function"],
  ["client", undefined, "no client given"],
  ["client", config, "client (an object) is not valid: want a DynamoDBClient"],
  ["client", cyclic, "client (an object) is not valid: want a DynamoDBClient"],
])("an odd value of %s is shown on one line", (name, value, line) => {
  expect(() => createResolver({ ...good, [name]: value } as ResolverOptions)).toThrow(
    expect.objectContaining({ code: "swap.input-invalid", line: expect.stringContaining(line) }),
  );
});

test.each([undefined, null, 5n, Symbol("x"), "orders"])(
  "%p for all options is refused",
  (value) => {
    expect(() => createResolver(value as never)).toThrow(
      expect.objectContaining({ payload: expect.objectContaining({ name: "resolver options" }) }),
    );
  },
);

test.each<[string, () => unknown, string]>([
  ["a promise", () => pin(client, Promise.resolve({}) as never), "snapshot (Promise) is not valid"],
  ["nothing", () => pin(client, undefined as never), "no snapshot given"],
  ["a bigint", () => follow(client, 1n as never), "resolver 1 is not valid"],
  ["no client", () => follow(config as never), "client (an object) is not valid"],
  ["a symbol for a version", () => snapshotAt("orders", Symbol("4") as never), "Symbol(4)"],
  ["an object for one", () => snapshotAt("orders", Object.create(null)), "version {} is not valid"],
  ["no resolver to observe", () => observe(undefined as never), "no resolver given"],
])("%s where a snapshot, a resolver or a client belongs: one line", (_case, call, line) => {
  expect(call).toThrow(
    expect.objectContaining({
      code: expect.stringMatching(/^swap\.(input-invalid|version-out-of-range)$/),
      line: expect.stringContaining(line),
    }),
  );
});

test("an unknown option is named, with those there are", () => {
  expect(() => createResolver({ ...good, refreshSeconds: 5 } as ResolverOptions)).toThrow(
    expect.objectContaining({
      payload: expect.objectContaining({
        value: '"refreshSeconds"',
        fix: expect.stringContaining("refreshMs"),
      }),
    }),
  );
});

test("an alias that is none is refused by its own code", () => {
  expect(() => createResolver({ ...good, alias: "or ders" })).toThrow(
    expect.objectContaining({ code: "swap.alias-invalid" }),
  );
});
