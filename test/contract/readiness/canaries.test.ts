import { canaries } from "../../../src/readiness";
import { watch } from "./interfere";
import { candidate, type Item, newTable, numbered, onEachStore } from "./stores";

const long = "x".repeat(80);

onEachStore(({ client }) => {
  const check = async (
    key: Record<string, "S" | "N" | "B">,
    items: Item[],
    wanted: Parameters<typeof canaries>[0],
  ) => {
    const db = client();
    const table = await newTable(db, key, items);
    return { table, verdict: await canaries(wanted).check(candidate(db, table)) };
  };

  test("canary items that are all present pass, with the cost", async () => {
    const { verdict } = await check({ pk: "S" }, numbered(20), [
      ...numbered(20).map(({ pk }) => ({ key: { pk: pk?.S ?? "" } })),
    ]);
    expect(verdict).toEqual({ ready: true, note: "all 20 present, 20 read units" });
  });

  test("missing ones are counted, and up to three are named", async () => {
    const wanted = ["a1", "b1", "b2", "b3", long].map((pk) => ({ key: { pk } }));
    const { table, verdict } = await check({ pk: "S" }, numbered(1), wanted);
    expect(verdict).toEqual({
      ready: false,
      reason:
        `of 5 canary items in "${table}", 4 missing and 0 differing: ` +
        '{"pk":"b1"} is missing, {"pk":"b2"} is missing, {"pk":"b3"} is missing and 1 more',
      fix: `finish the backfill of "${table}", or correct readiness.canaries`,
    });
  });

  test("one missing and one with two differences are distinguished", async () => {
    const { table, verdict } = await check(
      { pk: "S" },
      [held],
      [{ key: { pk: "a" }, attributes: { text: "closed", flag: true } }, { key: { pk: "b" } }],
    );
    expect(verdict).toMatchObject({
      ready: false,
      reason:
        `of 2 canary items in "${table}", 1 missing and 1 differing: {"pk":"b"} is missing, ` +
        '{"pk":"a"} has "text" with another value and "flag" with another value',
    });
  });

  test("a long key is cut where it is named", async () => {
    const { verdict } = await check({ pk: "S" }, [], [{ key: { pk: long } }]);
    expect(verdict).toMatchObject({
      reason: expect.stringContaining(`differing: {"pk":"${"x".repeat(60)}…"} is missing`),
    });
  });

  const held: Item = {
    pk: { S: "a" },
    text: { S: "open" },
    number: { N: "1500.0" },
    flag: { BOOL: false },
    nothing: { NULL: true },
    list: { L: [] },
    "a.b": { S: "dotted" },
    size: { N: "0" },
  };

  test("attributes match by type and value, numbers as numbers, reserved words and dots included", async () => {
    const { verdict } = await check(
      { pk: "S" },
      [held],
      [
        {
          key: { pk: "a" },
          attributes: {
            pk: "a",
            text: "open",
            number: 1.5e3,
            flag: false,
            nothing: null,
            "a.b": "dotted",
            size: -0,
          },
        },
      ],
    );
    expect(verdict).toMatchObject({ ready: true });
  });

  test.each<[string, string | number | boolean | null, string]>([
    ["text", "closed", "with another value"],
    ["text", 1, "of type S where N is wanted"],
    ["text", null, "of type S where NULL is wanted"],
    ["number", 1500.01, "with another value"],
    ["number", "1500", "of type N where S is wanted"],
    ["flag", true, "with another value"],
    ["flag", "false", "of type BOOL where S is wanted"],
    ["nothing", false, "of type NULL where BOOL is wanted"],
    ["list", "", "of type L where S is wanted"],
    ["absent", null, "absent"],
    ["constructor", "x", "absent"],
  ])("attribute %s expected as %j differs, told without a value", async (name, value, found) => {
    const { table, verdict } = await check(
      { pk: "S" },
      [held],
      [{ key: { pk: "a" }, attributes: { [name]: value } }],
    );
    expect(verdict).toMatchObject({
      ready: false,
      reason: `of 1 canary items in "${table}", 0 missing and 1 differing: {"pk":"a"} has "${name}" ${found}`,
    });
  });

  test("numeric, binary and composite keys are found", async () => {
    const item: Item = { pk: { B: Uint8Array.of(1, 2, 255) }, sk: { N: "1e2" } };
    const { verdict } = await check(
      { pk: "B", sk: "N" },
      [item],
      [{ key: { pk: Buffer.from([1, 2, 255]).toString("base64"), sk: 100 } }],
    );
    expect(verdict).toMatchObject({ ready: true });
  });

  test.each<[string, Record<string, string | number>]>([
    ["lacks the sort key", { pk: "a" }],
    ["has another name", { pk: "a", sort: 1 }],
    ["has one name more", { pk: "a", sk: 1, more: 1 }],
    ["has another type", { pk: "a", sk: "1" }],
  ])("a key that %s is refused by the table's key", async (_, key) => {
    const { table, verdict } = await check(
      { pk: "S", sk: "N" },
      [],
      [{ key: { pk: "a", sk: 1 } }, { key }],
    );
    expect(verdict).toEqual({
      ready: false,
      final: true,
      reason: `readiness.canaries[1].key is no key of "${table}", want "pk" (text) and "sk" (a number)`,
      fix: "give exactly the table's key attributes",
    });
  });

  test("canary items are read consistently, and no more of them than is compared", async () => {
    const db = client();
    const table = await newTable(db, { pk: "S" }, numbered(1));
    const seen = watch(db);
    await canaries([{ key: { pk: "a1" }, attributes: { secret: "hunter2" } }]).check(
      candidate(db, table),
    );
    expect(seen.find(({ action }) => action === "GetItem")?.input).toMatchObject({
      ConsistentRead: true,
      ExpressionAttributeNames: { "#p0": "pk", "#p1": "secret" },
    });
  });

  test("a table that does not exist is a refusal", async () => {
    expect(
      await canaries([{ key: { pk: "a" } }]).check(candidate(client(), "nowhere_v5")),
    ).toMatchObject({ ready: false, reason: 'table "nowhere_v5" does not exist' });
  });
});
