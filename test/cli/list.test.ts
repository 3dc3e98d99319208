import { SwapError } from "../../src/errors";
import { CONTROL_TABLE, type Database, goRow, startDatabase } from "./database";
import { named, ownRow } from "./rows";
import { ended, jsonOf, start, swap } from "./swap";

const at = 1_760_000_000_000;
const since = new Date(at).toISOString();

describe("a small control table", () => {
  let db: Database;
  beforeAll(async () => {
    db = await startDatabase();
  });
  afterAll(() => db.stop());

  test("without rows says so, and prints nothing", async () => {
    expect(await swap(["list"], db.env)).toEqual({
      code: 0,
      stdout: "",
      stderr: expect.stringMatching(new RegExp(`^swap: .*"${CONTROL_TABLE}".*\\n$`)),
    });
    expect(jsonOf(await swap(["list", "--json"], db.env))).toEqual({
      controlTable: CONTROL_TABLE,
      aliases: [],
    });
  });

  test("lists aliases in order, aligned", async () => {
    await db.putAll([
      goRow("orders", 7, at),
      named(goRow("handmade", 1, at), "customers"),
      ownRow("customers", [{ version: 12, at, by: "deploy" }]),
      ownRow("carts", [{ version: 1, at: 0, kind: "seed", by: "pulumi" }]),
    ]);
    expect(await swap(["list"], db.env)).toEqual({
      code: 0,
      stderr: "",
      stdout: [
        "ALIAS      VERSION  TABLE          SINCE                     BY",
        "carts            1  carts_v1       seed                      pulumi",
        `customers       12  customers_v12  ${since}  deploy`,
        `handmade         1  customers      ${since}  (another writer)`,
        `orders           7  orders_v7      ${since}  (another writer)`,
        "",
      ].join("\n"),
    });
  });

  test("lists malformed rows with their error, and then exits with 5", async () => {
    await db.put({ pk: { S: "broken" }, ver: { S: "4" } });
    const ran = await swap(["list"], db.env);
    expect(ran.code).toBe(5);
    expect(ran.stdout).toContain("orders_v7");
    const { message } = new SwapError("swap.malformed-row", {
      alias: "broken",
      controlTable: CONTROL_TABLE,
      attribute: "ver",
      found: '"4" (S)',
    });
    const broken = ran.stdout.split("\n").find((row) => /^broken +\? +- +- +- /.test(row));
    expect(broken).toContain(message);
    expect(ran.stderr).toMatch(/^swap: 1 of 5 rows .*\n$/);

    const json = await swap(["list", "--json"], db.env);
    expect(json).toMatchObject({ code: 5, stderr: "" });
    expect(jsonOf(json)).toMatchObject({
      aliases: [
        { alias: "broken", error: { code: "swap.malformed-row", found: '"4" (S)' } },
        { alias: "carts", version: 1, since: null, kind: "seed", table: "carts_v1" },
        { alias: "customers", version: 12, by: "deploy", kind: "set" },
        { alias: "handmade", version: 1, table: "customers" },
        { alias: "orders", version: 7, kind: "foreign", since },
      ],
    });
  });

  test("aligns wide characters", async () => {
    await db.put({ pk: { S: "注文" }, ver: { N: "1" }, at: { N: String(at) } });
    const { stdout } = await swap(["list"], db.env);
    expect(stdout).toMatch(/^注文 {13}1 {2}- /m);
    expect(stdout).toMatch(/^customers {7}12 {2}c/m);
  });

  test("shows control characters of a row as escapes", async () => {
    await db.put(ownRow("evil", [{ version: 1, at, by: "\u001b[2Jdeploy\n" }]));
    const { stdout } = await swap(["list"], db.env);
    expect(stdout).not.toContain("\u001b");
    expect(stdout).toContain("\\u001b[2Jdeploy\\u000a");
  });
});

describe("5,000 aliases", () => {
  let db: Database;
  beforeAll(async () => {
    db = await startDatabase();
    const why = "x".repeat(250);
    await db.putAll(
      Array.from({ length: 5_000 }, (_, i) =>
        ownRow(`alias-${String(i).padStart(4, "0")}`, [{ version: i + 1, at, why }]),
      ),
    );
  });
  afterAll(() => db.stop());

  test("list fully, over several pages", async () => {
    const { code, stdout, stderr } = await swap(["list"], db.env);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const lines = stdout.trimEnd().split("\n");
    expect(lines).toHaveLength(5_001);
    expect(lines.at(-1)).toContain("alias-4999_v5000");
  });

  test("end quietly when the reader stops early", async () => {
    const child = start(["list"], {
      ...db.env,
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_REGION: "eu-west-1",
    });
    const end = ended(child);
    child.stdout.once("data", () => child.stdout.destroy());
    expect(await end).toMatchObject({ code: 0, stderr: "" });
  });
});
