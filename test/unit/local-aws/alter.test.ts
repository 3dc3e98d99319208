import { changes } from "../../../tools/local-aws/aws-provider/alter";
import type { TableInputs } from "../../../tools/local-aws/aws-provider/table";

const now: TableInputs = {
  name: "orders",
  attributes: [
    { name: "pk", type: "S" },
    { name: "g", type: "S" },
  ],
  hashKey: "pk",
  billingMode: "PAY_PER_REQUEST",
  globalSecondaryIndexes: [{ name: "byG", hashKey: "g", projectionType: "ALL" }],
  streamEnabled: true,
  streamViewType: "NEW_IMAGE",
  deletionProtectionEnabled: false,
  tableClass: "STANDARD",
};
const steps = (wanted: Partial<TableInputs>) =>
  changes(now, { ...now, ...wanted }).map((change) =>
    (change.GlobalSecondaryIndexUpdates ?? []).length > 0 && !change.BillingMode
      ? Object.entries(change.GlobalSecondaryIndexUpdates?.[0] ?? {}).map(
          ([what, index]) => `${what} ${(index as { IndexName: string }).IndexName}`,
        )[0]
      : change,
  );
const byG = (changed: object) => [{ name: "byG", hashKey: "g", projectionType: "ALL", ...changed }];

test("nothing to do, nothing sent", () => {
  expect(steps({})).toEqual([]);
});

test("a changed index is dropped and built again, each in a separate request", () => {
  const two = [
    ...byG({ projectionType: "KEYS_ONLY" }),
    { name: "more", hashKey: "g", projectionType: "ALL" },
  ];
  expect(steps({ globalSecondaryIndexes: two })).toEqual([
    "Delete byG",
    "Create byG",
    "Create more",
  ]);
});

test("a key of another type rebuilds its index", () => {
  const attributes = [
    { name: "pk", type: "S" },
    { name: "g", type: "N" },
  ];
  expect(steps({ attributes })).toEqual(["Delete byG", "Create byG"]);
});

test("a stream with another view is turned off and on", () => {
  expect(steps({ streamViewType: "KEYS_ONLY" })).toEqual([
    { StreamSpecification: { StreamEnabled: false } },
    { StreamSpecification: { StreamEnabled: true, StreamViewType: "KEYS_ONLY" } },
  ]);
  expect(steps({ streamEnabled: false })).toEqual([
    { StreamSpecification: { StreamEnabled: false } },
  ]);
});

test("provisioned billing comes with the capacity of the table and of every index", () => {
  const capacity = { readCapacity: 1, writeCapacity: 2 };
  const units = { ReadCapacityUnits: 1, WriteCapacityUnits: 2 };
  expect(
    steps({ billingMode: "PROVISIONED", ...capacity, globalSecondaryIndexes: byG(capacity) }),
  ).toEqual([
    {
      BillingMode: "PROVISIONED",
      ProvisionedThroughput: units,
      GlobalSecondaryIndexUpdates: [{ Update: { IndexName: "byG", ProvisionedThroughput: units } }],
    },
  ]);
});

test("protection and class are separate requests", () => {
  expect(
    steps({ deletionProtectionEnabled: true, tableClass: "STANDARD_INFREQUENT_ACCESS" }),
  ).toEqual([{ DeletionProtectionEnabled: true }, { TableClass: "STANDARD_INFREQUENT_ACCESS" }]);
});
