import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SwapError } from "../../../src/errors";
import { createResolver, type ResolverOptions } from "../../../src/reader";
import { settingsOf } from "../../../src/reader/options";

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
