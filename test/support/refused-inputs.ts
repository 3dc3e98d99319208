import { isDeepStrictEqual } from "node:util";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { type Connection, createClient } from "../../src/aws/connection";
import { checkRetention } from "../../src/component/retention";
import { declaredVersions } from "../../src/component/versions";
import { SwapError } from "../../src/errors";
import { assertAlias, assertAuditText, assertVersion } from "../../src/pointer";
import { createResolver } from "../../src/reader";
import { checkReadiness } from "../../src/readiness";
import { parseDuration } from "../../src/validation";

/**
 * An input that is refused, with the field and the value that the error names. Which rule it breaks is in
 * the snapshot of all messages (test/unit/errors), and nowhere else.
 */
export type Refused = readonly [given: unknown, name: string, value: string];

/** How the line of such an error begins; its rule and its fix follow. */
export const lineStart = (name: string, value: string): string =>
  new SwapError("swap.input-invalid", { name, value, rule: "", fix: "" }).message;

/** The rows that a program can hand over: Pulumi transports inputs as JSON. */
export const asJson = (rows: readonly Refused[]): Refused[] =>
  rows.filter(([given]) => isJson(given));

function isJson(value: unknown): boolean {
  try {
    return isDeepStrictEqual(JSON.parse(JSON.stringify(value)), value);
  } catch {
    return false;
  }
}

/** Credentials that no output may show. */
export const SECRETS = { access: "planted-secret-access-key", password: "planted-password" };

const long = (length: number) => "x".repeat(length);
const cyclic: { self?: unknown } = {};
cyclic.self = cyclic;
const bare = Object.create(null);
const role = "arn:aws:iam::123456789012:role/deploy";

const alias = (given: unknown, shown: unknown = given): Refused => [
  given,
  "alias",
  JSON.stringify(shown),
];

export const ALIASES: readonly Refused[] = [
  alias("a/b"),
  alias("a b"),
  alias("a\nb"),
  alias("a\r\nb"),
  alias("orders\n"),
  alias("\u001b[31m"),
  alias("ünï"),
  alias("a😀"),
  alias(""),
  alias(long(253)),
  alias(null, ""),
  alias(undefined, ""),
  alias(7, "7"),
  alias(true, "true"),
  alias(["a"], '["a"]'),
  alias(bare, "{}"),
];

const version = (given: unknown, value: string): Refused => [given, "version", value];

export const VERSIONS: readonly Refused[] = [
  version(0, "0"),
  version(-0, "0"),
  version(-4, "-4"),
  version(1.5, "1.5"),
  version(2 ** 53, "9007199254740992"),
  version(1e300, "1e+300"),
  version("4", '"4"'),
  version("v4", '"v4"'),
  version("", '""'),
  version(Number.NaN, "NaN"),
  version(Number.POSITIVE_INFINITY, "Infinity"),
  version(Number.NEGATIVE_INFINITY, "-Infinity"),
  version(null, "null"),
  version(undefined, "(none)"),
  version(true, "true"),
  version(4n, "4"),
  version({}, "{}"),
  version([4], "[4]"),
  version(bare, "{}"),
  version(() => 4, "(a function)"),
  version(cyclic, "(an object)"),
  version({ toJSON: () => undefined }, "(an object)"),
];

const reason = (given: unknown, value: string): Refused => [given, "reason", value];

export const AUDIT_TEXTS: readonly Refused[] = [
  reason("", '""'),
  reason(" \n ", '" \\n "'),
  reason(long(257), `"${long(40)}"`),
  reason(null, "null"),
  reason(7, "7"),
  reason({ a: 1 }, '{"a":1}'),
  reason(() => {}, "(a function)"),
  reason(4n, "4"),
];

const grace = (given: unknown, value = JSON.stringify(given)): Refused => [given, "grace", value];

export const DURATIONS: readonly Refused[] = [
  grace(""),
  grace("10"),
  grace("s"),
  grace("-1s"),
  grace("+1s"),
  grace("1 s"),
  grace(" 1h"),
  grace("1s "),
  grace("1s\n"),
  grace("1h30m"),
  grace("1e3s"),
  grace(".5s"),
  grace("1.s"),
  grace("1S"),
  grace("1w"),
  grace("forever"),
  grace("Infinitys"),
  grace("9".repeat(90), `"${"9".repeat(80)}…"`),
  grace("999999999999d"),
  grace(90),
  grace(undefined, "(none)"),
  grace(null),
  grace(["1s"], "(a list of 1)"),
  grace({ s: 1 }, "(an object)"),
];

export const CONNECTIONS: readonly Refused[] = [
  ["eu-west-1", "connection", '"eu-west-1"'],
  [["eu-west-1"], "connection", "(a list of 1)"],
  [{ regoin: "x" }, "connection", '"regoin"'],
  [{ secretAccessKey: SECRETS.access }, "connection", '"secretAccessKey"'],
  [{ region: "" }, "region", '""'],
  [{ region: " " }, "region", '" "'],
  [{ region: 1 }, "region", "1"],
  [{ region: null }, "region", "null"],
  [{ profile: "" }, "profile", '""'],
  [{ profile: ["a"] }, "profile", "(a list of 1)"],
  [{ endpoint: "" }, "endpoint", '""'],
  [{ endpoint: "localhost:8000" }, "endpoint", '"localhost:8000"'],
  [{ endpoint: "ftp://localhost" }, "endpoint", '"ftp://localhost"'],
  [{ endpoint: "http://" }, "endpoint", '"http://"'],
  [{ endpoint: "http://host:99999" }, "endpoint", '"http://host:99999"'],
  [{ endpoint: 8000 }, "endpoint", "8000"],
  [{ endpoint: `http://me:${SECRETS.password}@host:8000` }, "endpoint", '"http://…@host:8000"'],
  [{ endpoint: `me:${SECRETS.password}@host` }, "endpoint", '"…@host"'],
  [{ endpoint: `http://${SECRETS.password}@` }, "endpoint", '"http://…@"'],
  [{ assumeRole: null }, "assumeRole", "null"],
  [{ assumeRole: role }, "assumeRole", `"${role}"`],
  [{ assumeRole: { arn: role } }, "assumeRole", '"arn"'],
  [{ assumeRole: {} }, "assumeRole.roleArn", "(none)"],
  [{ assumeRole: { roleArn: "" } }, "assumeRole.roleArn", '""'],
  [{ assumeRole: { roleArn: "deploy" } }, "assumeRole.roleArn", '"deploy"'],
  [
    { assumeRole: { roleArn: "arn:aws:iam::123456789012:user/x" } },
    "assumeRole.roleArn",
    '"arn:aws:iam::123456789012:user/x"',
  ],
  [
    { assumeRole: { roleArn: "arn:aws:iam::1234:role/x" } },
    "assumeRole.roleArn",
    '"arn:aws:iam::1234:role/x"',
  ],
  [{ assumeRole: { roleArn: role, sessionName: "" } }, "assumeRole.sessionName", '""'],
  [{ assumeRole: { roleArn: role, externalId: 7 } }, "assumeRole.externalId", "7"],
  [{ useFipsEndpoint: "true" }, "useFipsEndpoint", '"true"'],
  [{ assumeRoles: [{ roleArn: "deploy" }] }, "assumeRoles[0].roleArn", '"deploy"'],
  [
    { assumeRole: { roleArn: role }, assumeRoles: [{ roleArn: role }] },
    "assumeRoles",
    "(a list of 1)",
  ],
];

const key = { pk: "a" };
const canary = { key };

export const READINESS: readonly Refused[] = [
  [true, "readiness", "true"],
  [[], "readiness", "(a list of 0)"],
  ["coverage", "readiness", '"coverage"'],
  [{ covrage: {} }, "readiness", '"covrage"'],
  [JSON.parse('{"__proto__": 1}'), "readiness", '"__proto__"'],
  [{ [long(40)]: 1 }, "readiness", `"${long(40)}"`],
  [{ [long(41)]: 1 }, "readiness", `"${long(40)}…"`],
  [{ table: "no" }, "readiness.table", '"no"'],
  [{ table: 0 }, "readiness.table", "0"],
  [{ table: () => true }, "readiness.table", "(a function)"],
  [{ canaries: canary }, "readiness.canaries", "(an object)"],
  [{ canaries: [] }, "readiness.canaries", "(a list of 0)"],
  [{ canaries: Array(101).fill(canary) }, "readiness.canaries", "(a list of 101)"],
  [{ canaries: [null] }, "readiness.canaries[0]", "null"],
  [{ canaries: ["a"] }, "readiness.canaries[0]", '"a"'],
  [{ canaries: [{ ...canary, attribute: 1 }] }, "readiness.canaries[0]", '"attribute"'],
  [{ canaries: [canary, {}] }, "readiness.canaries[1].key", "(none)"],
  [{ canaries: [{ key: 5 }] }, "readiness.canaries[0].key", "5"],
  [{ canaries: [{ key: {} }] }, "readiness.canaries[0].key", "(an object)"],
  [{ canaries: [{ key: { a: 1, b: 2, c: 3 } }] }, "readiness.canaries[0].key", "(an object)"],
  [{ canaries: [{ key: { "": 1 } }] }, "readiness.canaries[0].key", "(an object)"],
  [{ canaries: [{ key: { pk: "" } }] }, "readiness.canaries[0].key.pk", '""'],
  [{ canaries: [{ key: { pk: true } }] }, "readiness.canaries[0].key.pk", "true"],
  [{ canaries: [{ key: { pk: Number.NaN } }] }, "readiness.canaries[0].key.pk", "NaN"],
  [{ canaries: [{ key: { pk: { S: "a" } } }] }, "readiness.canaries[0].key.pk", "(an object)"],
  [{ canaries: [{ key, attributes: {} }] }, "readiness.canaries[0].attributes", "(an object)"],
  [
    { canaries: [{ key, attributes: { tags: ["a"] } }] },
    "readiness.canaries[0].attributes.tags",
    "(a list of 1)",
  ],
  [
    { canaries: [{ key, attributes: { size: Number.POSITIVE_INFINITY } }] },
    "readiness.canaries[0].attributes.size",
    "Infinity",
  ],
  [
    { canaries: [{ key, attributes: { size: undefined } }] },
    "readiness.canaries[0].attributes.size",
    "(none)",
  ],
  [{ coverage: true }, "readiness.coverage", "true"],
  [{ coverage: { sample: 3 } }, "readiness.coverage", '"sample"'],
  [{ coverage: { samples: 0 } }, "readiness.coverage.samples", "0"],
  [{ coverage: { samples: 10_001 } }, "readiness.coverage.samples", "10001"],
  [{ coverage: { samples: 1.5 } }, "readiness.coverage.samples", "1.5"],
  [{ coverage: { samples: "100" } }, "readiness.coverage.samples", '"100"'],
  [{ coverage: { ratio: 0 } }, "readiness.coverage.ratio", "0"],
  [{ coverage: { ratio: 1.01 } }, "readiness.coverage.ratio", "1.01"],
  [{ coverage: { ratio: Number.NaN } }, "readiness.coverage.ratio", "NaN"],
  [{ coverage: { ratio: "95%" } }, "readiness.coverage.ratio", '"95%"'],
  [{ coverage: { maxReadUnits: 0 } }, "readiness.coverage.maxReadUnits", "0"],
  [{ minItems: 5 }, "readiness.minItems", "5"],
  [{ minItems: { count: 1, max: 2 } }, "readiness.minItems", '"max"'],
  [{ minItems: {} }, "readiness.minItems.count", "(none)"],
  [{ minItems: { count: 0 } }, "readiness.minItems.count", "0"],
  [{ minItems: { count: -1 } }, "readiness.minItems.count", "-1"],
  [{ minItems: { count: 1.5 } }, "readiness.minItems.count", "1.5"],
  [{ minItems: { count: "10" } }, "readiness.minItems.count", '"10"'],
  [{ minItems: { count: 2 ** 53 } }, "readiness.minItems.count", "9007199254740992"],
  [
    { minItems: { count: 1, maxReadUnits: "many\nof\nthem" } },
    "readiness.minItems.maxReadUnits",
    '"many\\nof\\nthem"',
  ],
  [{ waitFor: "soon" }, "readiness.waitFor", '"soon"'],
  [{ waitFor: 90 }, "readiness.waitFor", "90"],
  [{ waitFor: "9007199254740992d" }, "readiness.waitFor", '"9007199254740992d"'],
];

export const VERSION_LISTS: readonly Refused[] = [
  [[], "versions", "(none)"],
  [{}, "versions", "(none)"],
  [null, "versions", "(none)"],
  [7, "versions", "7"],
  ["1,2", "versions", '"1,2"'],
  [[3, 3], "versions", "3"],
  [[0], "version", "0"],
  [["4"], "version", '"4"'],
  [[null], "version", "null"],
  [[[1]], "version", "[1]"],
  [[2 ** 53], "version", "9007199254740992"],
  [{ "04": {} }, "version", '"04"'],
  [{ "1.0": {} }, "version", '"1.0"'],
  [{ v4: {} }, "version", '"v4"'],
  [{ "-1": {} }, "version", "-1"],
  [{ 4: "PROVISIONED" }, "versions.4", '"PROVISIONED"'],
  [{ 2: { name: "customers" } }, "versions.2.name", '"customers"'],
  ...["ab", "a/b", "orders_v1", "orders_v2", "carts_v7", "orders_migration", ""].map(
    (name): Refused => [{ 1: { name } }, "versions.1.name", JSON.stringify(name)],
  ),
  [{ 1: { name: 7 } }, "versions.1.name", "7"],
  [{ 6: { restoreFrom: 6 } }, "versions.6.restoreFrom", "6"],
  [{ 6: { restoreFrom: 7 } }, "versions.6.restoreFrom", "7"],
  [{ 6: { restoreFrom: "4" } }, "version", '"4"'],
  [{ 6: { restoreFrom: { version: 0 } } }, "version", "0"],
  ...["yesterday", "2026-01-14", "2026-13-14T08:00:00Z"].map(
    (at): Refused => [
      { 6: { restoreFrom: { version: 4, at } } },
      "versions.6.restoreFrom.at",
      JSON.stringify(at),
    ],
  ),
  [{ 4: {}, 6: { restoreFrom: 4 } }, "versions.6.restoreFrom", "4"],
  [
    { 4: { pointInTimeRecovery: { enabled: false } }, 6: { restoreFrom: 4 } },
    "versions.6.restoreFrom",
    "4",
  ],
  [{ 4: { region: "eu-west-1" }, 5: { region: "us-east-1" } }, "versions.5.region", '"us-east-1"'],
];

export const RETENTIONS: readonly Refused[] = [
  [null, "retention", "null"],
  ["24h", "retention", '"24h"'],
  [24, "retention", "24"],
  [["24h"], "retention", "(a list of 1)"],
  [{ gracePeriod: "24h" }, "retention", '"gracePeriod"'],
  [{ grace: 24 }, "retention.grace", "24"],
  [{ grace: "a day" }, "retention.grace", '"a day"'],
  [{ grace: "10s" }, "retention.grace", '"10s"'],
  [{ readersRefresh: 5 }, "retention.readersRefresh", "5"],
  [{ readersRefresh: "2d" }, "retention.grace", '"24h"'],
  [{ keep: -1 }, "retention.keep", "-1"],
  [{ keep: 1.5 }, "retention.keep", "1.5"],
  [{ keep: "all" }, "retention.keep", '"all"'],
];

const client = new DynamoDBClient({ region: "eu-west-1" });
const good = { alias: "orders", controlTable: "shop_swap", client };
const config = { credentials: { accessKeyId: "k", secretAccessKey: SECRETS.access } };
const option = (name: string, given: unknown, value = String(given)): Refused => [
  { ...good, [name]: given },
  name,
  value,
];

export const RESOLVER_OPTIONS: readonly Refused[] = [
  [undefined, "resolver options", "(none)"],
  [null, "resolver options", "null"],
  [5n, "resolver options", "5"],
  [Symbol("x"), "resolver options", "Symbol(x)"],
  ["orders", "resolver options", '"orders"'],
  [{ ...good, refreshSeconds: 5 }, "resolver options", '"refreshSeconds"'],
  option("alias", "a/b", '"a/b"'),
  option("controlTable", "", '""'),
  option("controlTable", undefined, "(none)"),
  option("controlTable", 7),
  option("controlTable", "orders", '"orders"'),
  option("controlTable", () => "x", "(a function)"),
  option("controlTable", client, "(DynamoDBClient)"),
  option("client", undefined, "(none)"),
  option("client", {}, "(an object)"),
  option("client", config, "(an object)"),
  option("client", cyclic, "(an object)"),
  option("refreshMs", 99),
  option("refreshMs", 3_600_001),
  option("refreshMs", Number.NaN),
  option("refreshMs", "5000", '"5000"'),
  option("refreshMs", 5_000n),
  option("maxStaleMs", 4_999),
  option("maxStaleMs", cyclic, "(an object)"),
  option("readTimeoutMs", 49),
  option("jitter", 0.6),
  option("jitter", Symbol("jitter"), "Symbol(jitter)"),
  option("consistency", "Eventual", '"Eventual"'),
  option("consistency", true),
  option("onChange", "x", '"x"'),
  option("onChange", 1n),
  option("onEvent", 1),
  option("onEvent", bare, "{}"),
];

/** Every table with the call that refuses its inputs. */
export const REFUSED: Record<string, [rows: readonly Refused[], call: (given: never) => unknown]> =
  {
    alias: [ALIASES, assertAlias],
    version: [VERSIONS, assertVersion],
    reason: [AUDIT_TEXTS, (given) => assertAuditText("reason", given)],
    grace: [DURATIONS, (given) => parseDuration(given, "grace")],
    connection: [CONNECTIONS, (given: Connection) => createClient(given)],
    readiness: [READINESS, checkReadiness],
    versions: [VERSION_LISTS, (given) => declaredVersions("orders", given)],
    retention: [RETENTIONS, checkRetention],
    "resolver options": [RESOLVER_OPTIONS, createResolver],
  };
