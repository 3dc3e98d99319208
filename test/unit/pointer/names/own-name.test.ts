import fc from "fast-check";
import { assertOwnTableName, tableName, tableOf } from "../../../../src/pointer";
import { thrownBy } from "../../../support/refused";

const check = (name: unknown, version = 1) =>
  assertOwnTableName("customers", version, name, "shop_swap");

test.each([
  "customers",
  "Customers-2019.prod",
  "abc",
  "customers_v",
  "customers_vip",
  "x".repeat(255),
])("%s may be version 1", (name) => expect(() => check(name)).not.toThrow());

test.each<[string, unknown, number?]>([
  ["a name for another version", "customers", 2],
  ["two characters", "ab"],
  ["256 characters", "x".repeat(256)],
  ["a character that DynamoDB refuses", "customers/old"],
  ["an ARN", "arn:aws:dynamodb:eu-west-1:123456789012:table/customers"],
  ["no text", 7],
  ["null", null],
  ["the name that it has anyway", "customers_v1"],
  ["another version's name", "customers_v2"],
  ["a version of another alias", "orders_v12"],
  ["the control table", "shop_swap"],
  ["the record of its migrations", "customers_migration"],
])("%s is refused", (_what, name, version = 1) => {
  const { payload } = thrownBy(() => check(name, version), "swap.input-invalid");
  expect(payload.name).toBe(`versions.${version}.name`);
});

test("whatever is accepted can't be the conventional table of a version", () => {
  const names = fc.stringMatching(/^[a-z]{1,3}(_v)?[0-9]{0,3}(_v)?-?[0-9]{0,3}$/);
  fc.assert(
    fc.property(names, fc.stringMatching(/^[a-z]{1,3}$/), fc.nat(999), (name, alias, version) => {
      let accepted = true;
      try {
        check(name);
      } catch {
        accepted = false;
      }
      if (accepted) expect(name).not.toBe(tableName(alias, version));
    }),
  );
});

test("a version without a recorded name has the conventional one", () => {
  const row = { tableNames: { 1: "customers" } };
  expect([1, 2, 10].map((version) => tableOf("people", version, row))).toEqual([
    "customers",
    "people_v2",
    "people_v10",
  ]);
  expect(tableOf("people", 1, undefined)).toBe("people_v1");
});
