import type { ChangeStream, StreamChange, StreamShard } from "../../../src/aws";
import type { Item, KeySchema } from "../../../src/items";
import {
  MAX_DRAINED_KEYS,
  openDrain,
  QUIET_MS,
  SETTLE_LIMIT_MS,
} from "../../../src/migration/drain";
import type { Transform } from "../../../src/migration/transform";
import { refused } from "../../support/refused";
import { TablesInMemory } from "./tables-in-memory";

const ID: KeySchema = [{ name: "id", type: "S" }];
const PK: KeySchema = [{ name: "pk", type: "S" }];
const transform: Transform = ({ id, hidden, ...rest }) => {
  if (rest.poison) throw new Error("poison");
  return hidden ? undefined : { ...rest, pk: id as never };
};

/** A stream of shards whose records a test adds, and what happens while time passes. */
class Stream implements ChangeStream {
  readonly records = new Map<string, StreamChange[]>();
  readonly list: StreamShard[] = [];
  readonly asked: string[] = [];

  add(id: string, more: Partial<StreamShard> = {}): void {
    this.list.push({ id, closed: false, ...more });
    this.records.set(id, []);
  }
  close(id: string): void {
    for (const shard of this.list) if (shard.id === id) shard.closed = true;
  }
  async shards() {
    return structuredClone(this.list);
  }
  async iterator(shard: string, from: "LATEST" | "TRIM_HORIZON") {
    this.asked.push(`${shard} ${from}`);
    return `${shard}/${from === "LATEST" ? this.records.get(shard)?.length : 0}`;
  }
  async read(position: string) {
    const [shard = "", at] = position.split("/");
    const records = this.records.get(shard) as StreamChange[];
    const changes = records.slice(Number(at), Number(at) + 2);
    const end = Number(at) + changes.length;
    const closed = this.list.find(({ id }) => id === shard)?.closed && end === records.length;
    return { changes, ...(!closed && { next: `${shard}/${end}` }) };
  }
}

/** Two tables, the stream of the first, and a clock at whose moments a test acts. */
class Bench {
  readonly tables = new TablesInMemory();
  readonly stream = new Stream();
  readonly acts: { at: number; run: () => void }[] = [];
  now = 0;
  replays = true;
  readonly clock = {
    now: () => this.now,
    sleep: async (ms: number) => {
      this.now += ms;
      for (const act of this.acts.splice(0)) {
        if (act.at <= this.now) act.run();
        else this.acts.push(act);
      }
    },
  };

  constructor() {
    this.tables.create("old", ID);
    this.tables.create("new", PK);
    this.stream.add("s1");
  }

  /** Changes an item of the source: undefined removes it. */
  change(id: string, item: Omit<Item, "id"> | undefined, shard = "s1"): void {
    const keys: Item = { id: { S: id } };
    const oldImage = this.tables.items("old").find((each) => each.id?.S === id);
    const newImage = item && ({ ...item, ...keys } as Item);
    if (newImage) this.tables.put("old", newImage);
    else this.tables.delete("old", keys);
    this.stream.records
      .get(shard)
      ?.push({ keys, ...(oldImage && { oldImage }), ...(newImage && { newImage }) });
    if (this.replays) this.replay(id);
  }

  /** Makes the target what the transform says of the source's item. */
  replay(id: string): void {
    const item = this.tables.items("old").find((each) => each.id?.S === id);
    this.tables.delete("new", { pk: { S: id } });
    const made = item && !item.poison && transform(item, {} as never);
    if (made) this.tables.put("new", made as Item);
  }

  at(at: number, run: () => void): void {
    this.acts.push({ at, run });
  }

  open(lagMs = 0) {
    return openDrain({
      client: this.tables.client,
      clock: this.clock,
      stream: this.stream,
      source: "old",
      mapping: {
        transform,
        context: { alias: "orders", from: 1, to: 2 },
        sourceSchema: ID,
        targetSchema: PK,
        target: "new",
      },
      lagMs,
    });
  }

  async drain(budgetMs = 20_000) {
    const drain = await this.open();
    const begun = this.now;
    await drain.untilEmpty(() => budgetMs - (this.now - begun));
    return this.now - begun;
  }

  async refusal(act: Promise<unknown>) {
    return (await refused(act, "swap.not-ready")).payload;
  }
}

const N = (value: number) => ({ n: { N: String(value) } });

test("a drain without changes ends once the stream has been quiet", async () => {
  const took = await new Bench().drain();
  expect(took).toBeGreaterThanOrEqual(QUIET_MS);
  expect(took).toBeLessThan(2 * QUIET_MS);
});

test("it begins at the end of the stream, and reads children from their beginning", async () => {
  const bench = new Bench();
  bench.change("old", N(1));
  bench.stream.add("closed", { closed: true });
  bench.stream.add("child", { parent: "closed" });
  bench.at(1_000, () => {
    bench.stream.close("s1");
    bench.stream.add("s2", { parent: "s1" });
    bench.replays = false;
    bench.change("split", N(1), "s2");
  });
  bench.at(5_000, () => bench.replay("split"));
  expect(await bench.drain()).toBeGreaterThanOrEqual(5_000);
  expect(bench.stream.asked).toEqual(["s1 LATEST", "child LATEST", "s2 TRIM_HORIZON"]);
});

test("it waits for every key that the stream shows: changed, removed and left out", async () => {
  for (const last of [N(2), undefined, { ...N(2), hidden: { BOOL: true } }]) {
    const bench = new Bench();
    bench.change("a", N(1));
    bench.replays = false;
    bench.at(400, () => bench.change("a", last));
    bench.at(6_000, () => bench.replay("a"));
    expect(await bench.drain()).toBeGreaterThanOrEqual(6_000);
  }
});

test("a key that agreed and changes again is waited for again", async () => {
  const bench = new Bench();
  bench.at(400, () => bench.change("a", N(1)));
  bench.at(1_200, () => {
    bench.replays = false;
    bench.change("a", N(2));
  });
  bench.at(7_000, () => bench.replay("a"));
  expect(await bench.drain()).toBeGreaterThanOrEqual(7_000);
});

test("a record that comes late is waited for, if the stream was not quiet before", async () => {
  const bench = new Bench();
  bench.at(QUIET_MS - 500, () => bench.change("a", N(1)));
  bench.at(2 * QUIET_MS - 1_000, () => bench.change("b", N(1)));
  expect(await bench.drain()).toBeGreaterThanOrEqual(3 * QUIET_MS - 1_000);
});

test("it is refused when the budget ends: a replay that stands still, a writer that goes on, a shard without a child", async () => {
  const standing = new Bench();
  standing.replays = false;
  standing.at(200, () => standing.change("a", N(1)));
  expect(await standing.refusal(standing.drain())).toMatchObject({
    gate: "drain",
    version: 2,
    table: "new",
    reason: expect.stringMatching(/^1 changed key.*"a"/),
  });

  const writing = new Bench();
  for (let at = 500; at < 40_000; at += 500) writing.at(at, () => writing.change("a", N(at)));
  expect(await writing.refusal(writing.drain())).toMatchObject({
    reason: expect.stringContaining("still written"),
  });

  const ended = new Bench();
  ended.at(200, () => ended.stream.close("s1"));
  expect(await ended.refusal(ended.drain())).toMatchObject({
    reason: expect.stringContaining("s1"),
  });
});

test("an item that can't be mapped is refused at once", async () => {
  const bench = new Bench();
  bench.at(200, () => bench.change("a", { poison: { BOOL: true } }));
  const { reason } = await bench.refusal(bench.drain());
  expect(reason).toContain("poison");
  expect(bench.now).toBeLessThan(1_000);
});

test("before the fence it waits for the lag, and for what it saw within it", async () => {
  const bench = new Bench();
  bench.at(200, () => {
    bench.replays = false;
    bench.change("a", N(1));
  });
  bench.at(9_000, () => bench.replay("a"));
  await bench.open(5_000);
  expect(bench.now).toBeGreaterThanOrEqual(9_000);

  const quiet = new Bench();
  await quiet.open(5_000);
  expect(quiet.now).toBeGreaterThanOrEqual(5_000);
  expect(quiet.now).toBeLessThan(6_000);
});

test("a key that is written all the time does not keep it from the fence", async () => {
  const bench = new Bench();
  bench.replays = false;
  for (let at = 0; at < 90_000; at += 200) bench.at(at, () => bench.change("hot", N(at)));
  await bench.open(1_000);
  expect(bench.now).toBeLessThan(3_000);
});

test("a replay that stands still is refused before the fence, as is a stream whose shards end", async () => {
  const bench = new Bench();
  bench.replays = false;
  bench.at(200, () => bench.change("a", N(1)));
  expect((await bench.refusal(bench.open(1_000))).reason).toContain('"a"');
  expect(bench.now).toBeGreaterThan(SETTLE_LIMIT_MS);

  const ended = new Bench();
  ended.stream.close("s1");
  expect((await ended.refusal(ended.open())).reason).toContain("s1");
});

test("more keys than it may hold are a refusal", async () => {
  const bench = new Bench();
  const changes = Array.from({ length: MAX_DRAINED_KEYS + 1 }, (_, n) => ({
    keys: { id: { S: `k${n}` } },
  }));
  bench.stream.read = async (position) => ({ changes, next: position });
  expect((await bench.refusal(bench.open())).reason).toContain("100,000");
});
