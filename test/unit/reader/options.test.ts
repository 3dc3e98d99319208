import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { createResolver, follow, pin, snapshotAt } from "../../../src/reader";
import { settingsOf } from "../../../src/reader/options";
import { observe } from "../../../src/reader/otel";
import { thrownBy } from "../../support/refused";
import { RESOLVER_OPTIONS } from "../../support/refused-inputs";

const client = new DynamoDBClient({ region: "eu-west-1" });
const good = { alias: "orders", controlTable: "shop_swap", client };

test("defaults", () => {
  expect(settingsOf(good)).toEqual({
    ...good,
    refreshMs: 5_000,
    maxStaleMs: 60_000,
    readTimeoutMs: 3_000,
    jitter: 0.05,
    consistency: "strong",
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
  ["consistency", "strong"],
  ["consistency", "eventual"],
  ["controlTable", "arn:aws:dynamodb:eu-west-1:123456789012:table/shop_swap"],
])("%s %p is within the bounds", (name, value) => {
  expect(settingsOf({ ...good, [name]: value })).toMatchObject({ [name]: value });
});

test.each(RESOLVER_OPTIONS)("%p: the option is refused", (options, name, value) => {
  const code = name === "alias" ? "swap.alias-invalid" : "swap.input-invalid";
  const { payload } = thrownBy(() => createResolver(options as never), code);
  expect(payload).toMatchObject(name === "alias" ? { alias: "a/b" } : { name, value });
});

const other = { credentials: { accessKeyId: "k", secretAccessKey: "s3cret" } };

test.each<[string, () => unknown, name: string, value: string]>([
  ["a promise", () => pin(client, Promise.resolve({}) as never), "snapshot", "(Promise)"],
  ["nothing", () => pin(client, undefined as never), "snapshot", "(none)"],
  ["a bigint", () => follow(client, 1n as never), "resolver", "1"],
  ["no client", () => follow(other as never), "client", "(an object)"],
  ["no resolver to observe", () => observe(undefined as never), "resolver", "(none)"],
])("%s where a snapshot, a resolver or a client belongs is refused", (_case, call, name, value) => {
  expect(thrownBy(call, "swap.input-invalid").payload).toMatchObject({ name, value });
});

test.each([
  ["a symbol", Symbol("4"), "Symbol(4)"],
  ["an object", Object.create(null), "{}"],
])("%s for a snapshot's version is refused", (_case, version, value) => {
  const { payload } = thrownBy(
    () => snapshotAt("orders", version as never),
    "swap.version-out-of-range",
  );
  expect(payload).toMatchObject({ value, source: "input" });
});
