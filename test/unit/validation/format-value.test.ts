import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { formatType, formatValue } from "../../../src/validation/format-value";

const cyclic: { self?: unknown } = {};
cyclic.self = cyclic;
const secretive = new DynamoDBClient({ credentials: { accessKeyId: "k", secretAccessKey: "s3" } });
const thrower = {
  get a() {
    throw new Error("no");
  },
};
const prototypeless = Object.assign(Object.create(null), { a: 1 });
const hostile = new Proxy(
  {},
  {
    getPrototypeOf() {
      throw new Error("no");
    },
  },
);

test.each<[string, unknown, string, string]>([
  ["nothing", undefined, "(none)", "(none)"],
  ["null", null, "null", "null"],
  ["text", "a\nb", '"a\\nb"', '"a\\nb"'],
  ["long text", "x".repeat(90), `"${"x".repeat(80)}…"`, `"${"x".repeat(80)}…"`],
  ["a number", 4.5, "4.5", "4.5"],
  ["no number", Number.NaN, "NaN", "NaN"],
  ["a bigint", 5n, "5", "5"],
  ["a long bigint", 10n ** 99n, `1${"0".repeat(79)}…`, `1${"0".repeat(79)}…`],
  ["a boolean", true, "true", "true"],
  ["a function", () => 1, "(a function)", "(a function)"],
  ["a class", Map, "(a function)", "(a function)"],
  ["a symbol", Symbol("a\nb"), "Symbol(a\\nb)", "Symbol(a\\nb)"],
  ["an object", { a: "b" }, '{"a":"b"}', "(an object)"],
  ["a list", [1, "2"], '[1,"2"]', "(a list of 2)"],
  ["an object without a prototype", prototypeless, '{"a":1}', "(an object)"],
  ["a large object", { a: "x".repeat(90) }, `{"a":"${"x".repeat(74)}…`, "(an object)"],
  ["a cycle", cyclic, "(an object)", "(an object)"],
  ["a bigint in an object", { a: 1n }, "(an object)", "(an object)"],
  ["a field that throws", thrower, "(an object)", "(an object)"],
  ["a client", secretive, "(DynamoDBClient)", "(DynamoDBClient)"],
  ["a promise", Promise.resolve(1), "(Promise)", "(Promise)"],
  ["a class without a name", new (class {})(), "(an object)", "(an object)"],
  ["an object that resists", hostile, "(an object)", "(an object)"],
])("%s is shown on one line", (_case, value, shown, kind) => {
  expect([formatValue(value), formatType(value)]).toEqual([shown, kind]);
});
