import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { failureOf } from "../../src/cli/failure";
import { formatLine as cliLine, failureJson } from "../../src/cli/report";
import { ActiveVersionHandler } from "../../src/dynamic/active-version-handler";
import { Clients } from "../../src/dynamic/clients";
import { VersionGuardHandler } from "../../src/dynamic/version-guard-handler";
import { match, SwapError, type SwapErrorCode } from "../../src/errors";
import { getActive, listAliases, type RawRow, rollback, setActive } from "../../src/pointer";
import { expectClear } from "./clear";

const controlTable = "shop_swap";
const malformed = "swap.malformed-row";
const range = "swap.version-out-of-range";
/** The line of a row with such an attribute. */
const held = (attribute: string, found: string) =>
  new SwapError(malformed, { alias: "orders", controlTable, attribute, found }).line;
const ver = (found: string) => held("ver", found);
/** The line of a row with such a version: how it begins, up to the rule. */
const beyond = (value: string) =>
  new SwapError(range, { value, rule: "", source: "row", alias: "orders" }).message;

/** Rows that no version can be read from. */
const unreadable: [what: string, row: RawRow, SwapErrorCode, line: string][] = [
  ["nothing but its key", {}, malformed, ver("nothing")],
  ["a time alone", { at: { N: "1" } }, malformed, ver("nothing")],
  ["text", { ver: { S: "4" } }, malformed, ver('"4" (S)')],
  ["empty text", { ver: { S: "" } }, malformed, ver('"" (S)')],
  ["lines of text", { ver: { S: "4\n5" } }, malformed, ver('"4\\n5" (S)')],
  ["colour", { ver: { S: "\u001b[31m4" } }, malformed, ver('"\\u001b[31m4" (S)')],
  ["a page of text", { ver: { S: "x".repeat(5_000) } }, malformed, ver(`"${"x".repeat(79)}… (S)`)],
  ["true", { ver: { BOOL: true } }, malformed, ver("… (BOOL)")],
  ["null", { ver: { NULL: true } }, malformed, ver("null (NULL)")],
  ["bytes", { ver: { B: new Uint8Array([52]) } }, malformed, ver("… (B)")],
  ["a list", { ver: { L: [{ N: "4" }] } }, malformed, ver("… (L)")],
  ["a map", { ver: { M: { N: { N: "4" } } } }, malformed, ver("… (M)")],
  ["a set of numbers", { ver: { NS: ["4"] } }, malformed, ver("… (NS)")],
  ["a set of texts", { ver: { SS: ["4"] } }, malformed, ver("… (SS)")],
  ["a fraction", { ver: { N: "4.5" } }, malformed, ver('"4.5" (N)')],
  ["a negative fraction", { ver: { N: "-0.1" } }, malformed, ver('"-0.1" (N)')],
  ["an exponent", { ver: { N: "4E+2" } }, malformed, ver('"4E+2" (N)')],
  ["no digits", { ver: { N: "" } }, malformed, ver('"" (N)')],
  ["a word for a number", { ver: { N: "NaN" } }, malformed, ver('"NaN" (N)')],
  ["no type at all", { ver: {} as never }, malformed, ver("… (?)")],
  ["an unknown type", { ver: { Z: "4" } as never }, malformed, ver('"4" (Z)')],
  ["null for a value", { ver: null as never }, malformed, ver("nothing")],
  ["2^53", { ver: { N: "9007199254740992" } }, range, beyond("9007199254740992")],
  ["2^53+1", { ver: { N: "9007199254740993" } }, range, beyond("9007199254740993")],
  ["Go's greatest", { ver: { N: "9223372036854775807" } }, range, beyond("9223372036854775807")],
  ["-2^53", { ver: { N: "-9007199254740992" } }, range, beyond("-9007199254740992")],
  ["38 digits", { ver: { N: "9".repeat(38) } }, range, beyond("9".repeat(38))],
];

/** Answers every read with the row, and refuses every write for it. */
function holding(row: RawRow): { client: DynamoDBClient; controlTable: string } {
  const Item = { pk: { S: "orders" }, ...row };
  const send = async ({ constructor: { name } }: object) => {
    if (name === "UpdateItemCommand")
      throw Object.assign(new Error("The conditional request failed"), {
        name: "ConditionalCheckFailedException",
        Item,
      });
    return name === "ScanCommand" ? { Items: [Item] } : { Item };
  };
  // A scan is paged only through a client that is an instance of the SDK's own class.
  const { DynamoDBClient: Client } = require("@aws-sdk/client-dynamodb");
  const client = Object.assign(Object.create(Client.prototype), {
    send,
    middlewareStack: undefined,
  }) as DynamoDBClient;
  return { client, controlTable };
}

/** The line of the error that `doing` ends in; it must be the command line's too. */
async function lineOf(doing: Promise<unknown>, code: SwapErrorCode): Promise<string> {
  const error = await doing.then(
    (value) => new Error(`taken: ${JSON.stringify(value)}`),
    (thrown: unknown) => thrown,
  );
  if (!match(error, code)) throw error;
  const failure = failureOf(error);
  expect(cliLine(failure.message)).toBe(error.message);
  expect(JSON.parse(JSON.stringify(failureJson(failure)))).toMatchObject({ error: { code } });
  return error.line;
}

test.each(unreadable)(
  "a row with %s: each reader reports the same line",
  async (_what, row, code, want) => {
    const ref = holding(row);
    const listed: string[] = [];
    for await (const { error } of listAliases(ref)) listed.push(error?.line ?? "taken");
    const inputs = { alias: "orders", controlTable, version: 4 };
    const clients = new Clients(() => ref.client);
    const { failures = [] } = await new ActiveVersionHandler(clients).check({}, inputs);
    const guard = { ...inputs, table: "orders_v4", grace: "1h" };
    const lines = [
      await lineOf(getActive(ref, "orders"), code),
      await lineOf(new VersionGuardHandler(clients).delete("", guard), code),
      ...listed,
      ...failures.map(({ reason }) => reason),
    ];
    expect(lines).toHaveLength(4);
    for (const line of lines) {
      expect(line).toContain(want);
      expectClear(line);
    }
  },
);

test.each(unreadable.filter(([, row]) => row.ver != null))(
  "a set is refused by a row with %s",
  async (_what, row, code, want) => {
    const line = await lineOf(setActive(holding(row), "orders", 5), code);
    expect(line).toContain(want);
    expectClear(line);
  },
);

/** Rows whose version is in order, and on which our writes can't be made. */
test.each<[string, RawRow, string]>([
  ["text for a history", { hist: { S: "lost" } }, held("hist", '"lost" (S)')],
  ["a number for a history", { hist: { N: "7" } }, held("hist", '"7" (N)')],
  ["a map for a history", { hist: { M: {} } }, held("hist", "… (M)")],
  ["null for a history", { hist: { NULL: true } }, held("hist", "null (NULL)")],
  ["text for bars", { barred: { S: "5" } }, held("barred", '"5" (S)')],
  ["a list for bars", { barred: { L: [{ N: "5" }] } }, held("barred", "… (L)")],
  ["texts for bars", { barred: { SS: ["5"] } }, held("barred", "… (SS)")],
  ["text for retired versions", { retired: { S: "5" } }, held("retired", '"5" (S)')],
  ["a list for retired versions", { retired: { L: [] } }, held("retired", "… (L)")],
  ["a number for bars", { barred: { N: "5" } }, held("barred", '"5" (N)')],
])(
  "%s: the version is read, and a write is refused with the attribute",
  async (_what, row, want) => {
    const ref = holding({ ver: { N: "4" }, at: { N: "1" }, ...row });
    expect(await getActive(ref, "orders")).toMatchObject({ version: 4 });
    for (const write of [
      setActive(ref, "orders", 5),
      rollback(ref, "orders", { from: 4, to: 3 }),
    ]) {
      const line = await lineOf(write, malformed);
      expect(line).toContain(want);
      expectClear(line);
    }
  },
);
