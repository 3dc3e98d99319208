import * as pulumi from "@pulumi/pulumi";
import { ControlTable, CutoverAlarms, VersionedTable } from "../../../src/component";

void pulumi.runtime.setMocks({
  newResource: ({ name, inputs }) => ({ id: name, state: { ...inputs, arn: `arn:${name}` } }),
  call: ({ inputs }) => inputs,
});

const refusal = (make: () => unknown): string => {
  try {
    make();
  } catch (error) {
    if (pulumi.ResourceError.isInstance(error)) return error.message;
    throw error;
  }
  return "it was taken";
};

const table = { hashKey: "id", attributes: [{ name: "id", type: "S" }] };
const versioned = (rest: object) =>
  refusal(
    () =>
      new VersionedTable("orders", {
        alias: "orders",
        controlTable: "shop_swap",
        table,
        versions: [1, 2],
        activeVersion: 2,
        ...rest,
      }),
  );

test.each(["rollBackFrom", "readyness", "expects", "region"])(
  "a VersionedTable refuses %s, which no compiler has refused",
  (field) => {
    expect(versioned({ [field]: 1 })).toMatch(
      `VersionedTable argument "${field}" is not valid: there is no such field; use one of alias, `,
    );
  },
);

test.each([undefined, null, [], "id"])("a VersionedTable refuses the table %p", (given) => {
  expect(versioned({ table: given })).toMatch("; write such as table: { hashKey: ");
});

test("a VersionedTable refuses to have no arguments, or no versions", () => {
  expect(refusal(() => Reflect.construct(VersionedTable, ["orders"]))).toContain(
    "no VersionedTable argument given; pass an object with at least alias, table, versions",
  );
  expect(versioned({ versions: undefined })).toContain("no versions given");
});

test("CutoverAlarms without arguments says which it needs", () => {
  expect(refusal(() => Reflect.construct(CutoverAlarms, ["orders"]))).toBe(
    "no alarms given; pass an object with at least alias, controlTable",
  );
});

test.each(["forcedestroy", "seeds"])("a ControlTable refuses %s", (field) => {
  expect(refusal(() => new ControlTable("shop", { [field]: true }))).toMatch(
    `ControlTable argument "${field}" is not valid: there is no such field; use one of name, `,
  );
});

test.each([0, 2.5, -1])("an active version of %d is refused as a version", (activeVersion) => {
  const line = versioned({ activeVersion });
  expect(line).toMatch(`version ${activeVersion} is not valid: `);
  expect(line).not.toContain("to versions");
});
