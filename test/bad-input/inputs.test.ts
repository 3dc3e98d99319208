import { ActiveVersionHandler } from "../../src/dynamic/active-version-handler";
import { Clients } from "../../src/dynamic/clients";
import type { Handler } from "../../src/dynamic/protocol";
import { SeedHandler } from "../../src/dynamic/seed-handler";
import { VersionGuardHandler } from "../../src/dynamic/version-guard-handler";
import {
  ALIASES,
  AUDIT_TEXTS,
  asJson,
  CONNECTIONS,
  DURATIONS,
  lineStart,
  READINESS,
  type Refused,
  VERSIONS,
} from "../support/refused-inputs";
import { expectClear } from "./clear";

/** A property of a resource, with rows of what is refused for it; a preview must refuse each. */
type Table = Record<string, readonly Refused[]>;

const named = (rows: readonly Refused[], name: string): Refused[] =>
  rows.map(([given, , value]) => [given, name, value]);

const shared: Table = {
  alias: ALIASES,
  controlTable: [
    [null, "controlTable", "null"],
    ["", "controlTable", '""'],
    ["ab", "controlTable", '"ab"'],
    ["shop swap", "controlTable", '"shop swap"'],
    [7, "controlTable", "7"],
    [{ name: "shop_swap" }, "controlTable", '{"name":"shop_swap"}'],
    [
      "arn:aws:dynamodb:eu-west-1:1:table/x",
      "controlTable",
      '"arn:aws:dynamodb:eu-west-1:1:table/x"',
    ],
  ],
  version: VERSIONS,
  connection: CONNECTIONS,
};

/** Properties that may be left out, as null in JSON. */
const given = (rows: readonly Refused[]) => rows.filter(([value]) => value !== null);

const swap: Table = {
  table: [
    ["orders_v3", "table", '"orders_v3"'],
    [7, "table", "7"],
  ],
  expect: given(VERSIONS),
  rollbackFrom: given(VERSIONS),
  liftBar: given(VERSIONS),
  reason: given(AUDIT_TEXTS),
  actor: named(given(AUDIT_TEXTS), "actor"),
  onDelete: [
    ["drop", "onDelete", '"drop"'],
    ["", "onDelete", '""'],
    [true, "onDelete", "true"],
  ],
  readiness: READINESS,
};

const guard: Table = {
  grace: DURATIONS,
  forceDestroy: [
    ["false", "forceDestroy", '"false"'],
    ["true", "forceDestroy", '"true"'],
    [1, "forceDestroy", "1"],
  ],
};

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

const casesOf = (name: keyof typeof handlers, table: Table) =>
  Object.entries(table).flatMap(([property, rows]) =>
    asJson(rows).map(([value, field, shown]) => [name, property, value, field, shown] as const),
  );
const cases = [
  ...(["ActiveVersion", "VersionGuard", "PointerSeed"] as const).flatMap((name) =>
    casesOf(name, shared),
  ),
  ...casesOf("ActiveVersion", swap),
  ...casesOf("VersionGuard", guard),
];

test.each(cases)(
  "%s: %s %j is refused in one line",
  async (name, property, value, field, shown) => {
    const failures = await refusals(name, { [property]: value });
    // Pulumi prints the value of a property in a failure: a connection's may hold a password.
    const told = property === "connection" ? "" : property;
    expect(failures).toEqual([{ property: told, reason: expect.any(String) }]);
    const { reason = "" } = failures[0] ?? {};
    const start = lineStart(field, shown);
    expect(reason.slice(0, start.length)).toBe(start);
    expectClear(reason);
  },
);

test("several wrong inputs are all reported at once", async () => {
  const failures = await refusals("ActiveVersion", { alias: "a/b", version: 0, reason: "" });
  expect(failures.map(({ property }) => property)).toEqual(["alias", "version", "reason"]);
});
