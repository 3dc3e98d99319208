import { ActiveVersionHandler } from "../../src/dynamic/active-version-handler";
import { Clients } from "../../src/dynamic/clients";
import type { Handler } from "../../src/dynamic/protocol";
import { SeedHandler } from "../../src/dynamic/seed-handler";
import { VersionGuardHandler } from "../../src/dynamic/version-guard-handler";
import { expectClear, planted } from "./clear";

/** What a program may hand over, JSON as Pulumi transports it; a preview must refuse each. */
type Table = [property: string, value: unknown, line: RegExp][];

const long = (length: number) => "x".repeat(length);
const role = "arn:aws:iam::123456789012:role/deploy";

const shared: Table = [
  ["alias", null, /^alias "" is not valid: it is null, not text/],
  ["alias", "", /^alias "" is not valid: it is empty/],
  ["alias", 7, /^alias "7" is not valid: it is number, not text/],
  ["alias", ["a"], /^alias ".*" is not valid: it is object, not text/],
  ["alias", "a/b", /^alias "a\/b" is not valid: "\/" is not allowed/],
  ["alias", "a\r\nb", /^alias "a\\r\\nb" is not valid: "\\r" is not allowed/],
  ["alias", "\u001b[31m", /^alias "\\u001b\[31m" is not valid: "\\u001b" is not allowed/],
  ["alias", "orders😀", /"😀" is not allowed in a DynamoDB table name/],
  ["alias", long(253), /it has 253 characters, at most 252 leave room for "_v1"/],
  ["controlTable", null, /^controlTable null is not valid: want 3 to 255/],
  ["controlTable", "", /^controlTable "" is not valid: want 3 to 255/],
  ["controlTable", "ab", /^controlTable "ab" is not valid: want 3 to 255/],
  ["controlTable", "shop swap", /^controlTable "shop swap" is not valid/],
  ["controlTable", 7, /^controlTable 7 is not valid/],
  ["controlTable", { name: "shop_swap" }, /^controlTable {"name":"shop_swap"} is not valid/],
  ["controlTable", "arn:aws:dynamodb:eu-west-1:1:table/x", /is not valid: want 3 to 255/],
  ["version", null, /^version null is not valid: it is null, want a number/],
  ["version", 0, /^version 0 is not valid: want 1 or greater/],
  ["version", -4, /^version -4 is not valid: want 1 or greater/],
  ["version", 4.5, /^version 4.5 is not valid: want a whole number/],
  ["version", 2 ** 53, /^version 9007199254740992 is not valid: want at most 9007199254740991/],
  ["version", "4", /^version "4" is not valid: it is text, want a number without quotes/],
  ["version", "v4", /^version "v4" is not valid: it is text/],
  ["version", true, /^version true is not valid: it is boolean, want a number/],
  ["version", [4], /^version \[4\] is not valid: it is object, want a number/],
  ["connection", "eu-west-1", /^connection "eu-west-1" is not valid: want an object/],
  ["connection", ["eu-west-1"], /^connection \(a list of 1\) is not valid: want an object/],
  ["connection", { regoin: "x" }, /^connection "regoin" is not valid: there is no such field/],
  [
    "connection",
    { secretAccessKey: planted.AWS_SECRET_ACCESS_KEY },
    /^connection "secretAccessKey" is not valid: there is no such field/,
  ],
  ["connection", { region: "" }, /^region "" is not valid: it is empty or not text/],
  ["connection", { profile: 7 }, /^profile 7 is not valid: it is empty or not text/],
  ["connection", { endpoint: "localhost:8000" }, /^endpoint "localhost:8000" is not valid/],
  ["connection", { endpoint: "ftp://host" }, /^endpoint "ftp:\/\/host" is not valid/],
  ["connection", { endpoint: "http://host:99999" }, /^endpoint "http:\/\/host:99999" is not/],
  [
    "connection",
    { endpoint: `http://me:${planted.password}@host:8000` },
    /^endpoint "http:\/\/…@host:8000" is not valid: it holds a user or a password/,
  ],
  [
    "connection",
    { endpoint: `me:${planted.password}@host` },
    /^endpoint "…@host" is not valid: want an http/,
  ],
  ["connection", { endpoint: `http://${planted.password}@` }, /^endpoint "http:\/\/…@" is not/],
  ["connection", { assumeRole: role }, /^assumeRole ".*" is not valid: want an object/],
  ["connection", { assumeRole: {} }, /^no assumeRole.roleArn given; /],
  ["connection", { assumeRole: { roleArn: "deploy" } }, /^assumeRole.roleArn "deploy" is not/],
  [
    "connection",
    { assumeRole: { roleArn: role, sessionName: "" } },
    /^assumeRole.sessionName "" is not valid/,
  ],
];

const swap: Table = [
  ["table", "orders_v3", /^table "orders_v3" is not valid: the table of version 4 .* "orders_v4"/],
  ["table", 7, /^table 7 is not valid: the table of version 4/],
  ["expect", 0, /^version 0 is not valid: want 1 or greater/],
  ["expect", "3", /^version "3" is not valid: it is text/],
  ["rollbackFrom", 1.5, /^version 1.5 is not valid: want a whole number/],
  ["rollbackFrom", {}, /^version {} is not valid: it is object/],
  ["liftBar", "5", /^version "5" is not valid: it is text/],
  ["liftBar", [5], /^version \[5\] is not valid: it is object/],
  ["reason", "", /^reason "" is not valid: it is empty/],
  ["reason", " \n", /^reason " \\n" is not valid: it is empty/],
  ["reason", 7, /^reason 7 is not valid: it is number, not text/],
  ["reason", long(257), /^reason "x{40}" is not valid: it has 257 characters, at most 256/],
  ["actor", { name: "ci" }, /^actor {"name":"ci"} is not valid: it is object, not text/],
  ["actor", long(10_000), /^actor "x{40}" is not valid: it has 10000 characters/],
  ["onDelete", "drop", /^onDelete "drop" is not valid: want "keep" or "release"/],
  ["onDelete", "", /^onDelete "" is not valid: want "keep" or "release"/],
  ["onDelete", true, /^onDelete true is not valid: want "keep" or "release"/],
];

const key = { id: "a" };
const readiness: [value: unknown, line: RegExp][] = [
  ["yes", /^readiness "yes" is not valid: want an object/],
  [true, /^readiness true is not valid: want an object/],
  [[], /^readiness \(a list of 0\) is not valid: want an object/],
  [{ tables: true }, /^readiness "tables" is not valid: there is no such field/],
  [{ [long(300)]: 1 }, /^readiness "x{40}…" is not valid: there is no such field/],
  [{ table: "no" }, /^readiness.table "no" is not valid: want true or false/],
  [{ canaries: key }, /^readiness.canaries \(an object\) is not valid: want a list/],
  [{ canaries: [] }, /^readiness.canaries \(a list of 0\) is not valid: want 1 to 100/],
  [{ canaries: Array(101).fill({ key }) }, /want 1 to 100 entries, got 101/],
  [{ canaries: ["a"] }, /^readiness.canaries\[0\] "a" is not valid: want an object/],
  [{ canaries: [{}] }, /^no readiness.canaries\[0\].key given; /],
  [{ canaries: [{ key: {} }] }, /want 1 to 2 attributes, each with a name, got 0/],
  [{ canaries: [{ key: { a: 1, b: 2, c: 3 } }] }, /want 1 to 2 attributes.* got 3/],
  [{ canaries: [{ key: { "": 1 } }] }, /want 1 to 2 attributes, each with a name/],
  [{ canaries: [{ key: { id: "" } }] }, /key.id "" is not valid: a key value is text/],
  [{ canaries: [{ key: { id: true } }] }, /key.id true is not valid: a key value is text/],
  [{ canaries: [{ key: { id: { S: "a" } } }] }, /key.id \(an object\) is not valid/],
  [{ canaries: [{ key, attributes: {} }] }, /attributes .* want 1 to 100 attributes/],
  [{ canaries: [{ key, attributes: { x: [] } }] }, /attributes.x \(a list of 0\) is not valid/],
  [{ canaries: [{ key, attribute: 1 }] }, /canaries\[0\] "attribute" .* no such field/],
  [{ minItems: 5 }, /^readiness.minItems 5 is not valid: want an object/],
  [{ minItems: {} }, /^no readiness.minItems.count given; /],
  [{ minItems: { count: 0 } }, /minItems.count 0 is not valid: want a whole number, 1/],
  [{ minItems: { count: "10" } }, /minItems.count "10" is not valid: want a whole number/],
  [{ minItems: { count: 1.5 } }, /minItems.count 1.5 is not valid: want a whole number/],
  [
    { minItems: { count: 1, max: 2 } },
    /^readiness.minItems "max" is not valid: there is no such field/,
  ],
  [{ coverage: true }, /^readiness.coverage true is not valid: want an object/],
  [{ coverage: { samples: 0 } }, /coverage.samples 0 is not valid: want a whole number, 1 to/],
  [{ coverage: { samples: 10_001 } }, /coverage.samples 10001 is not valid/],
  [{ coverage: { ratio: 0 } }, /coverage.ratio 0 is not valid: want a number above 0, up to 1/],
  [{ coverage: { ratio: 99 } }, /coverage.ratio 99 is not valid: want a number above 0/],
  [{ coverage: { ratio: "0.9" } }, /coverage.ratio "0.9" is not valid/],
  [{ coverage: { maxReadUnits: -1 } }, /coverage.maxReadUnits -1 is not valid/],
  [{ waitFor: 90 }, /^readiness.waitFor 90 is not valid: it is number, want text/],
  [{ waitFor: "90" }, /^readiness.waitFor "90" is not valid: want a number and one unit/],
  [{ waitFor: "-1s" }, /^readiness.waitFor "-1s" is not valid/],
  [{ waitFor: "1h30m" }, /^readiness.waitFor "1h30m" is not valid/],
  [{ waitFor: "9007199254740992d" }, /^readiness.waitFor .* beyond 2\^53-1 milliseconds/],
];

const guard: Table = [
  ["grace", null, /^grace null is not valid: it is null, want text/],
  ["grace", 24, /^grace 24 is not valid: it is number, want text/],
  ["grace", "24", /^grace "24" is not valid: want a number and one unit/],
  ["grace", "", /^grace "" is not valid: want a number and one unit/],
  ["grace", " 1h", /^grace " 1h" is not valid/],
  ["grace", "1H", /^grace "1H" is not valid/],
  ["grace", "forever", /^grace "forever" is not valid/],
  ["grace", ["24h"], /^grace \(a list of 1\) is not valid: it is a list, want text/],
  ["forceDestroy", "false", /^forceDestroy "false" is not valid: want true or false/],
  ["forceDestroy", "true", /^forceDestroy "true" is not valid: want true or false/],
  ["forceDestroy", 1, /^forceDestroy 1 is not valid: want true or false/],
];

const clients = new Clients(() => ({ send: async () => ({}) }) as never);
const good = { alias: "orders", controlTable: "shop_swap", version: 4 };
const handlers = {
  ActiveVersion: [new ActiveVersionHandler(clients), good],
  VersionGuard: [new VersionGuardHandler(clients), { ...good, table: "orders_v4", grace: "1h" }],
  PointerSeed: [new SeedHandler(clients), good],
} as const;

async function refusals(name: keyof typeof handlers, inputs: Record<string, unknown>) {
  const [handler, whole] = handlers[name] as unknown as [Handler<unknown, unknown>, object];
  const { failures = [] } = await handler.check({}, { ...whole, ...inputs });
  return failures;
}

test.each(Object.keys(handlers) as (keyof typeof handlers)[])(
  "%s takes good inputs",
  async (name) => expect(await refusals(name, {})).toEqual([]),
);

const cases = [
  ...shared.flatMap((row) =>
    (["ActiveVersion", "VersionGuard", "PointerSeed"] as const).map(
      (name) => [name, ...row] as const,
    ),
  ),
  ...swap.map((row) => ["ActiveVersion", ...row] as const),
  ...readiness.map(([value, line]) => ["ActiveVersion", "readiness", value, line] as const),
  ...guard.map((row) => ["VersionGuard", ...row] as const),
];

test.each(cases)("%s: %s %j is refused in one line", async (name, property, value, line) => {
  const failures = await refusals(name, { [property]: value });
  // Pulumi prints the value of a property in a failure: a connection's may hold a password.
  const told = property === "connection" ? "" : property;
  expect(failures).toEqual([{ property: told, reason: expect.stringMatching(line) }]);
  expectClear(failures[0]?.reason ?? "");
});

test("several wrong inputs are all reported at once", async () => {
  const failures = await refusals("ActiveVersion", { alias: "a/b", version: 0, reason: "" });
  expect(failures.map(({ property }) => property)).toEqual(["alias", "version", "reason"]);
});
