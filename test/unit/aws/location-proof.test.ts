import type { DynamoDBClient, TableDescription } from "@aws-sdk/client-dynamodb";
import { assertTableArn, isLocationProven, isProvenAbsent, proveLocation } from "../../../src/aws";
import { formatValue } from "../../../src/validation";
import { refused, thrownBy } from "../../support/refused";
import { describing } from "../dynamic/fake-client";

const arn = (table: string, region = "eu-west-1", account = "123456789012", partition = "aws") =>
  `arn:${partition}:dynamodb:${region}:${account}:table/${table}`;

const at = (client: DynamoDBClient) => ({ client, controlTable: "shop_swap" });
const shop = (TableArn: string): Record<string, TableDescription> => ({ shop_swap: { TableArn } });

test.each([
  ["the Region", arn("orders_v1", "us-east-1"), "Region", 'region: "us-east-1"'],
  ["the account", arn("orders_v1", "eu-west-1", "210987654321"), "account", "profile"],
  [
    "the partition",
    arn("orders_v1", "eu-west-1", "123456789012", "aws-cn"),
    "partition",
    "profile",
  ],
])("a version's table that differs in %s is refused", async (_part, tableArn, differs, fix) => {
  const { client } = describing(shop(arn("shop_swap")));
  const { payload } = await refused(
    proveLocation(at(client), { tableArn }),
    "swap.location-mismatch",
  );
  expect(payload).toMatchObject({
    found: arn("shop_swap"),
    declared: tableArn,
    differs: expect.stringMatching(new RegExp(`\\b${differs}$`)),
    fix: expect.stringContaining(fix),
  });
});

test("a control table of the declared name in another Region is refused", async () => {
  const { client } = describing(shop(arn("shop_swap", "us-east-1")));
  const controlTableArn = arn("shop_swap");
  await refused(proveLocation(at(client), { controlTableArn }), "swap.location-mismatch");
});

test("a control table's ARN of another table is refused", async () => {
  const { client } = describing(shop(arn("shop_swap")));
  const controlTableArn = arn("other_swap");
  const { payload } = await refused(
    proveLocation(at(client), { controlTableArn }),
    "swap.location-mismatch",
  );
  expect(payload.differs).toMatch(/\btable$/);
});

test("agreeing ARNs pass with one DescribeTable a client and table", async () => {
  const { client, asked } = describing(shop(arn("shop_swap")));
  for (const version of [1, 2])
    await proveLocation(at(client), {
      tableArn: arn(`orders_v${version}`),
      controlTableArn: arn("shop_swap"),
    });
  expect(asked).toEqual(["shop_swap"]);
  const other = describing(shop(arn("shop_swap", "us-east-1")));
  const tableArn = arn("orders_v1");
  await refused(proveLocation(at(other.client), { tableArn }), "swap.location-mismatch");
});

test("without a declared ARN no request is made, for null and for undefined", async () => {
  const { client, asked } = describing({});
  await proveLocation(at(client), {});
  await proveLocation(at(client), { tableArn: null, controlTableArn: null });
  expect(asked).toEqual([]);
});

test("a failure is not kept", async () => {
  const tables: Record<string, TableDescription | Error> = {
    shop_swap: Object.assign(new Error("no"), { name: "AccessDeniedException" }),
  };
  const { client } = describing(tables);
  const declared = { tableArn: arn("orders_v1") };
  await refused(proveLocation(at(client), declared), "swap.access-denied");
  delete tables.shop_swap;
  await refused(proveLocation(at(client), declared), "swap.control-table-missing");
  tables.shop_swap = { TableArn: arn("shop_swap") };
  await proveLocation(at(client), declared);
});

test.each([
  ["DynamoDB Local, whose ARNs name no Region", "ddblocal", "ddblocal"],
  ["DynamoDB Local with a provider that fills the Region in", "ddblocal", "eu-west-1"],
  ["the embedded DynamoDB", "eu-west-1", "eu-west-1"],
])("%s is no mismatch", async (_engine, control, table) => {
  const { client } = describing(shop(arn("shop_swap", control, "000000000000")));
  await proveLocation(at(client), { tableArn: arn("orders_v1", table, "000000000000") });
});

test("a local engine before tables of AWS is a mismatch", async () => {
  const { client } = describing(shop(arn("shop_swap", "ddblocal", "000000000000")));
  const tableArn = arn("orders_v1");
  const { payload } = await refused(
    proveLocation(at(client), { tableArn }),
    "swap.location-mismatch",
  );
  expect(payload.differs).toMatch(/account/);
});

test.each(["", "orders_v1", "arn:aws:s3:::bucket", "arn:aws:dynamodb:eu-west-1:1:table/x", 7])(
  "%j is no ARN of a table",
  (value) => {
    const { payload } = thrownBy(() => assertTableArn("tableArn", value), "swap.input-invalid");
    expect(payload).toMatchObject({ name: "tableArn", value: formatValue(value) });
  },
);

describe("a table that is not found", () => {
  const gone = (tables: Record<string, TableDescription>, tableArn?: string) =>
    isProvenAbsent(at(describing(tables).client), "orders_v1", tableArn);

  test("is gone if the control table is found in its Region and account", async () => {
    expect(await gone(shop(arn("shop_swap")), arn("orders_v1"))).toBe(true);
  });

  test.each([
    ["in another Region", shop(arn("shop_swap", "us-east-1")), arn("orders_v1")],
    ["without its control table", {}, arn("orders_v1")],
    ["without a known ARN", shop(arn("shop_swap")), undefined],
    ["but found", { orders_v1: { TableArn: arn("orders_v1") } }, arn("orders_v1")],
  ])("is not gone %s", async (_case, tables, tableArn) => {
    expect(await gone(tables, tableArn)).toBe(false);
  });
});

test("without the control table, the version's table proves the location", async () => {
  const declared = { controlTableArn: arn("shop_swap"), tableArn: arn("orders_v1") };
  const proven = (tables: Record<string, TableDescription>) =>
    isLocationProven(at(describing(tables).client), declared);
  expect(await proven({ orders_v1: { TableArn: arn("orders_v1") } })).toBe(true);
  expect(await proven({ orders_v1: { TableArn: arn("orders_v1", "us-east-1") } })).toBe(false);
  expect(await proven({})).toBe(false);
});
