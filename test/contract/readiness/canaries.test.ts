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
    expect(verdict).toEqual({ ready: true, note: expect.stringMatching(/\b20\D+20 read units$/) });
  });

  test("missing ones are counted, and up to three are named", async () => {
    const wanted = ["a1", "b1", "b2", "b3", long].map((pk) => ({ key: { pk } }));
    const { table, verdict } = await check({ pk: "S" }, numbered(1), wanted);
    expect(verdict).toEqual({
      ready: false,
      reason: expect.stringMatching(
        new RegExp(
          `5\\D+"${table}"\\D+4\\D+0\\D+{"pk":"b1"}[^{]+{"pk":"b2"}[^{]+{"pk":"b3"}\\D+1 more$`,
        ),
      ),
      fix: expect.stringMatching(new RegExp(`"${table}".*readiness\\.canaries`)),
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
      reason: expect.stringMatching(
        new RegExp(
          `2\\D+"${table}"\\D+1\\D+1\\D+{"pk":"b"}[^"]+{"pk":"a"}[^"]+"text"[^"]+"flag"[^"]+$`,
        ),
      ),
    });
  });

  test("a long key is truncated in the reason", async () => {
    const { verdict } = await check({ pk: "S" }, [], [{ key: { pk: long } }]);
    expect(verdict).toMatchObject({
      reason: expect.stringContaining(`{"pk":"${"x".repeat(60)}…"}`),
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
    ["text", "closed", "value"],
    ["text", 1, "\\bS\\b.*\\bN\\b"],
    ["text", null, "\\bS\\b.*\\bNULL\\b"],
    ["number", 1500.01, "value"],
    ["number", "1500", "\\bN\\b.*\\bS\\b"],
    ["flag", true, "value"],
    ["flag", "false", "\\bBOOL\\b.*\\bS\\b"],
    ["nothing", false, "\\bNULL\\b.*\\bBOOL\\b"],
    ["list", "", "\\bL\\b.*\\bS\\b"],
    ["absent", null, "absent"],
    ["constructor", "x", "absent"],
  ])("attribute %s expected as %j differs, and no value is shown", async (name, value, found) => {
    const { table, verdict } = await check(
      { pk: "S" },
      [held],
      [{ key: { pk: "a" }, attributes: { [name]: value } }],
    );
    expect(verdict).toMatchObject({
      ready: false,
      reason: expect.stringMatching(
        new RegExp(`1\\D+"${table}"\\D+0\\D+1\\D+{"pk":"a"}[^"]+"${name}" [^"]*${found}[^"]*$`),
      ),
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
      reason: expect.stringMatching(
        new RegExp(`^readiness\\.canaries\\[1\\]\\.key\\b.*"${table}".*"pk" .*"sk" `),
      ),
      fix: expect.any(String),
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
    ).toMatchObject({
      ready: false,
      missing: true,
      reason: expect.stringContaining('"nowhere_v5"'),
    });
  });
});
