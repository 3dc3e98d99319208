import type { KeySchemaElement } from "@aws-sdk/client-dynamodb";
import {
  CreateTableCommand,
  DescribeTableCommand,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import {
  createControlTable,
  findActive,
  getActive,
  type ListedAlias,
  liftBar,
  listAliases,
  releaseActive,
  resolveTable,
  rollback,
  seedActive,
  setActive,
} from "../../../src/pointer";
import { goSet } from "../../support/go-writer";
import { refused } from "../../support/refused";
import { type Bench, putRaw, region } from "./bench";

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const byAlias = (a: ListedAlias, b: ListedAlias) => (a.alias < b.alias ? -1 : 1);

export function tables({ ref, sent, endpoint }: Bench): void {
  const at = (controlTable: string) => ({ ...ref(), controlTable });

  test("list returns every alias, a malformed row with its error", async () => {
    const list = at("listed");
    await createControlTable(list);
    expect(await all(listAliases(list))).toEqual([]);
    await setActive(list, "a", 1);
    await setActive(list, "b", 2, { actor: "ci" });
    await goSet(list, "c", 3, 42);
    await putRaw(list, "d", { ver: { S: "4" } });
    await seedActive(list, "e", 5);
    const listed = (await all(listAliases(list))).sort(byAlias);
    expect(listed).toMatchObject([
      { alias: "a", row: { alias: "a", version: 1 } },
      { alias: "b", row: { version: 2, by: "ci" } },
      { alias: "c", row: { version: 3, foreign: true } },
      {
        alias: "d",
        error: { code: "swap.malformed-row", payload: { alias: "d", found: '"4" (S)' } },
      },
      { alias: "e", row: { version: 5, activatedAt: 0 } },
    ]);
    expect(listed.filter((each) => each.row && each.error)).toEqual([]);
  });

  test("list goes through every page of a Scan", async () => {
    const list = at("paged");
    await createControlTable(list);
    const filler = { S: "x".repeat(380_000) };
    for (let row = 0; row < 7; row++)
      await putRaw(list, `large${row}`, { ver: { N: String(row + 1) }, filler });
    sent.length = 0;
    const listed = (await all(listAliases(list))).sort(byAlias);
    expect(listed.map((each) => each.row?.version)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(sent.length).toBeGreaterThanOrEqual(3);
    expect(new Set(sent)).toEqual(new Set(["Scan"]));
  });

  test("a list that is left early asks for no further page", async () => {
    const list = at("paged");
    sent.length = 0;
    for await (const { alias } of listAliases(list)) {
      expect(alias).toMatch(/^large/);
      break;
    }
    expect(sent).toEqual(["Scan"]);
  });

  test("create makes an on-demand table keyed by pk; again is fine and keeps its rows", async () => {
    const made = at("made");
    await createControlTable(made);
    const { Table } = await made.client.send(new DescribeTableCommand({ TableName: "made" }));
    expect(Table).toMatchObject({
      TableStatus: "ACTIVE",
      KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
      AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
      BillingModeSummary: { BillingMode: "PAY_PER_REQUEST" },
    });
    await setActive(made, "orders", 4);
    await createControlTable(made);
    expect((await getActive(made, "orders")).version).toBe(4);
  });

  test("two creates at once are both fine", async () => {
    await Promise.all([createControlTable(at("twice")), createControlTable(at("twice"))]);
    expect(await findActive(at("twice"), "orders")).toBeUndefined();
  });

  test.each<[string, [string, "S" | "N"][], string]>([
    ["another name", [["id", "S"]], "(id S)"],
    [
      "a sort key with it",
      [
        ["pk", "S"],
        ["sk", "S"],
      ],
      "(pk S, sk S)",
    ],
    ["a number", [["pk", "N"]], "(pk N)"],
  ])("create refuses a table whose key is %s", async (_case, key, told) => {
    const controlTable = `wrong-${key.flat().join("-")}`;
    const { client } = ref();
    await client.send(
      new CreateTableCommand({
        TableName: controlTable,
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: key.map(([AttributeName, AttributeType]) => ({
          AttributeName,
          AttributeType,
        })),
        KeySchema: key.map(
          ([AttributeName], index): KeySchemaElement => ({
            AttributeName,
            KeyType: index === 0 ? "HASH" : "RANGE",
          }),
        ),
      }),
    );
    await waitUntilTableExists(
      { client, maxWaitTime: 300, minDelay: 1 },
      { TableName: controlTable },
    );
    const refusal = await refused(createControlTable(at(controlTable)), "swap.input-invalid");
    expect(refusal.payload).toMatchObject({
      name: "control table",
      value: JSON.stringify(controlTable),
      rule: expect.stringContaining(told),
    });
  });

  test("a missing control table is reported with its Region and endpoint, by every operation", async () => {
    const nowhere = at("nowhere");
    const operations: [string, () => Promise<unknown>][] = [
      ["findActive", () => findActive(nowhere, "orders")],
      ["getActive", () => getActive(nowhere, "orders")],
      ["resolveTable", () => resolveTable(nowhere, "orders")],
      ["setActive", () => setActive(nowhere, "orders", 4)],
      ["setActive with expect", () => setActive(nowhere, "orders", 4, { expect: 3 })],
      ["seedActive", () => seedActive(nowhere, "orders", 4)],
      ["rollback", () => rollback(nowhere, "orders", { from: 4, to: 3 })],
      ["liftBar", () => liftBar(nowhere, "orders", 4)],
      ["releaseActive", () => releaseActive(nowhere, "orders", 4)],
      ["listAliases", () => all(listAliases(nowhere))],
    ];
    for (const [name, operation] of operations) {
      const refusal = await refused(operation(), "swap.control-table-missing");
      expect([name, refusal.payload]).toEqual([
        name,
        { controlTable: "nowhere", region, endpoint: endpoint() },
      ]);
      expect(refusal.cause).toMatchObject({ name: "ResourceNotFoundException" });
    }
  });
}
