import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PutItemCommand, paginateScan } from "@aws-sdk/client-dynamodb";
import { Script } from "./script";
import { Shop } from "./shop";
import { onEachStore } from "./stores";

const ITEMS = 60;

onEachStore(({ client, endpoint }) => {
  let shop: Shop;
  let folder: string;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "backfill-"));
    shop = await Shop.open(client());
    await shop.addVersion(1, ITEMS);
    await shop.addVersion(2);
    await shop.activate(1);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const run = (...args: string[]) =>
    new Script("examples/backfill-worker/main.mjs", args, {
      cwd: folder,
      env: {
        AWS_ENDPOINT_URL_DYNAMODB: endpoint(),
        SWAP_CONTROL_TABLE: shop.controlTable,
        SWAP_ALIAS: shop.alias,
      },
    });
  const file = () => join(folder, `backfill-${shop.alias}-v2.json`);
  const target = async () => {
    const items = [];
    for await (const page of paginateScan({ client: shop.client }, { TableName: shop.table(2) }))
      items.push(...(page.Items ?? []));
    return items;
  };

  test("it copies everything through the transform, and a second run has nothing to do", async () => {
    const transform = join(folder, "double.mjs");
    writeFileSync(
      transform,
      `export default ({ version, ...item }, { to }) =>
        item.n.N === "3" ? undefined : { ...item, version: { N: String(to) } };`,
    );
    const first = run("2", "--transform", transform, "--rate", "100000");
    expect([await first.end(), first.stdout]).toEqual([
      0,
      `backfilled ${shop.table(1)} into ${shop.table(2)}: 59 copied, 0 kept as newer, 1 left out\n`,
    ]);
    expect(first.stderr).toContain("4 of 4 segments done");
    const items = await target();
    expect(items).toHaveLength(ITEMS - 1);
    expect(new Set(items.map((item) => item.version?.N))).toEqual(new Set(["2"]));
    const second = run("2");
    expect(await second.end()).toBe(0);
    expect(second.stdout).toMatch(/^nothing left to do; remove /);
  });

  test("continues after an interruption where it stopped", async () => {
    const slow = run("2", "--rate", "20", "--segments", "2");
    while (!existsSync(file())) await new Promise((resolve) => setTimeout(resolve, 20));
    slow.signal("SIGINT");
    expect([await slow.end(), slow.stdout]).toEqual([130, ""]);
    expect(slow.stderr).toContain("the same command goes on from here");
    const { copied } = JSON.parse(readFileSync(file(), "utf8"));
    expect(copied).toBeGreaterThan(0);
    expect(copied).toBeLessThan(ITEMS);
    expect((await target()).length).toBe(copied);
    const rest = run("2", "--rate", "100000", "--segments", "2");
    expect(await rest.end()).toBe(0);
    expect(rest.stdout).toContain(`: ${ITEMS} copied,`);
    expect(await target()).toHaveLength(ITEMS);
  });

  test("a newer live write stays", async () => {
    const newer = { pk: { S: "a" }, n: { N: "5" }, version: { N: "99" } };
    await shop.client.send(new PutItemCommand({ TableName: shop.table(2), Item: newer }));
    const copy = run("2", "--keep-newer", "version", "--rate", "100000");
    expect(await copy.end()).toBe(0);
    expect(copy.stdout).toContain("59 copied, 1 kept as newer");
    expect(await target()).toContainEqual(newer);
  });

  test("what can't be right is refused in one line", async () => {
    for (const [args, said] of [
      [[], /^usage: /],
      [["1"], /^version 1 of .* is active: name a greater one\n$/],
      [["two"], /^VERSION is "two": want a whole number/],
      [["2", "--segments", "0"], /^--segments is "0": want a whole number from 1 to 100\n$/],
    ] as const) {
      const refused = run(...args);
      expect([await refused.end(), refused.stderr]).toEqual([2, expect.stringMatching(said)]);
    }
    writeFileSync(file(), JSON.stringify({ job: { alias: shop.alias, from: 0, to: 2 } }));
    const other = run("2");
    expect(await other.end()).toBe(2);
    expect(other.stderr).toContain("is of a job with from 0, not 1: remove it to start again");
  });
});
