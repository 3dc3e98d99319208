import { failure } from "./control-table";
import { Row } from "./rows";
import { newWorld } from "./world";

const names = (count: number) => Array.from({ length: count }, (_, i) => `alias${i}`);

test("several aliases share one consistent batch, cold and at each refresh", async () => {
  const { clock, table, resolver } = newWorld();
  table.rows.set("alias1", new Row().set(5).raw);
  const all = names(3).map((alias) => resolver({ alias }));
  const cold = await Promise.all(all.map((each) => each.resolve()));
  expect(cold.map(({ table }) => table)).toEqual(["alias0_v1", "alias1_v5", "alias2_v1"]);
  table.rows.set("alias2", new Row().set(2).raw);
  await clock.pass(5_000);
  expect(all[2]?.peek()).toMatchObject({ version: 2 });
  expect(table.seen).toMatchObject([
    { action: "BatchGetItem", aliases: names(3), consistent: true },
    { action: "BatchGetItem", aliases: names(3), consistent: true },
  ]);
});

test("a batch has at most 100 keys", async () => {
  const { table, resolver } = newWorld();
  await Promise.all(names(201).map((alias) => resolver({ alias }).resolve()));
  expect(table.seen.map(({ action, aliases }) => [action, aliases.length])).toEqual([
    ["BatchGetItem", 100],
    ["BatchGetItem", 100],
    ["BatchGetItem", 1],
  ]);
});

test("another control table, or client, has its own reads", async () => {
  const { table, resolver } = newWorld();
  const other = newWorld();
  await Promise.all([
    resolver({ alias: "a" }).resolve(),
    resolver({ alias: "b", controlTable: "control2" }).resolve(),
    resolver({ alias: "c", client: other.table.client }).resolve(),
  ]);
  expect(table.seen.map(({ aliases }) => aliases)).toEqual([["a"], ["b"]]);
  expect(other.table.seen.map(({ aliases }) => aliases)).toEqual([["c"]]);
});

test("an alias with a slower pace joins only reads that are half due for it", async () => {
  const { clock, table, resolver } = newWorld();
  resolver({ alias: "fast", refreshMs: 1_000 });
  resolver({ alias: "slow", refreshMs: 10_000 });
  await clock.pass(20_000);
  const reads = (alias: string) => table.seen.filter((each) => each.aliases.includes(alias)).length;
  expect(reads("fast")).toBeGreaterThanOrEqual(20);
  expect(reads("slow")).toBeLessThanOrEqual(5);
});

test("keys left unprocessed are asked for again", async () => {
  const { clock, table, resolver } = newWorld();
  table.rows.set("alias2", new Row().set(9).raw);
  table.unprocessed.push(["alias1", "alias2"], ["alias2"]);
  const answers = Promise.all(names(3).map((alias) => resolver({ alias }).resolve()));
  await clock.pass(2_000);
  expect((await answers)[2]).toMatchObject({ version: 9 });
  expect(table.seen.map(({ aliases }) => aliases)).toEqual([
    names(3),
    ["alias1", "alias2"],
    ["alias2"],
  ]);
});

test("only keys that stay unprocessed fail", async () => {
  const { clock, table, resolver } = newWorld();
  // The first request brings the others; six in a row bring nothing.
  table.unprocessed.push(...Array.from({ length: 7 }, () => ["alias1"]));
  const answers = Promise.allSettled(
    names(3).map((alias) => resolver({ alias, readTimeoutMs: 60_000 }).resolve()),
  );
  await clock.pass(4_000);
  expect(await answers).toMatchObject([
    { status: "fulfilled" },
    { status: "rejected", reason: { code: "swap.unreachable" } },
    { status: "fulfilled" },
  ]);
});

test("a malformed row fails only its alias", async () => {
  const { table, resolver } = newWorld();
  table.rows.set("alias1", { ver: { S: "x" } });
  const answers = await Promise.allSettled(names(3).map((alias) => resolver({ alias }).resolve()));
  expect(answers).toMatchObject([
    { value: { version: 1 } },
    { reason: { code: "swap.malformed-row", payload: { alias: "alias1" } } },
    { value: { version: 1 } },
  ]);
});

test("if BatchGetItem is denied, GetItem is used from then on", async () => {
  const { clock, table, resolver } = newWorld();
  table.failing = { error: failure("AccessDeniedException"), action: "BatchGetItem" };
  const all = names(3).map((alias) => resolver({ alias }));
  expect(await Promise.all(all.map((each) => each.resolve()))).toHaveLength(3);
  await clock.pass(5_000);
  expect(table.seen.map(({ action }) => action)).toEqual([
    "BatchGetItem",
    ...Array.from({ length: 6 }, () => "GetItem"),
  ]);
});

test("a thousand aliases without BatchGetItem are read a few at a time", async () => {
  const { table, resolver } = newWorld();
  table.failing = { action: "BatchGetItem", error: failure("AccessDeniedException") };
  let underWay = 0;
  let most = 0;
  const { client } = table;
  const send = client.send.bind(client) as (...args: unknown[]) => Promise<unknown>;
  Object.assign(client, {
    send: async (...args: unknown[]) => {
      most = Math.max(most, ++underWay);
      await new Promise((next) => setImmediate(next));
      return send(...args).finally(() => underWay--);
    },
  });
  const all = names(1_000).map((alias) => resolver({ alias }));
  const tables = (await Promise.all(all.map((each) => each.resolve()))).map((each) => each.table);
  expect(tables).toEqual(names(1_000).map((alias) => `${alias}_v1`));
  expect(table.seen.filter(({ action }) => action === "GetItem")).toHaveLength(1_000);
  expect(most).toBeLessThanOrEqual(32);
});
