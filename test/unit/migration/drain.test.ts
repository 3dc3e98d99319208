import type { ChangeStream, StreamChange, StreamShard } from "../../../src/aws/change-stream";
import type { Item, KeySchema } from "../../../src/items";
import {
  MAX_DRAINED_KEYS,
  openDrain,
  QUIET_MS,
  type Replayed,
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

/** Unix milliseconds at which a bench's clock is 0. */
const START = Date.now();
const HOUR = 3_600_000;

/** A stream of shards whose records a test adds, and what happens while time passes. */
class Stream implements ChangeStream {
  readonly records = new Map<string, StreamChange[]>();
  readonly list: StreamShard[] = [];
  readonly asked: string[] = [];
  /** Pages without records that a shard gives before its first. */
  readonly empty = new Map<string, number>();
  /** Pages without records that each reader gets before a record, by its shard and number. */
  readonly gaps = new Map<string, number>();

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
    const [shard = "", at, gone = "0"] = position.split("/");
    if (Number(gone) < (this.gaps.get(`${shard}/${at}`) ?? 0))
      return { changes: [], next: `${shard}/${at}/${Number(gone) + 1}` };
    const empty = this.empty.get(shard) ?? 0;
    if (empty > 0) {
      this.empty.set(shard, empty - 1);
      return { changes: [], next: position };
    }
    const records = this.records.get(shard) as StreamChange[];
    const length = this.gaps.has(`${shard}/${Number(at) + 1}`) ? 1 : 2;
    const changes = records.slice(Number(at), Number(at) + length);
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
  /** What the replay has recorded. */
  replayed: Replayed = {
    failure: undefined,
    running: 0,
    newestAt: undefined,
    appliedAt: undefined,
    through: [],
    agreedAt: START,
  };
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
    jest.spyOn(Date, "now").mockImplementation(() => START + this.now);
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
    const records = this.stream.records.get(shard);
    records?.push({
      sequence: `${shard}#${records.length}`,
      keys,
      madeAt: this.madeAt,
      ...(oldImage && { oldImage }),
      ...(newImage && { newImage }),
    });
    if (this.replays) this.replay(id);
  }

  /** Does something as of an hour before {@link START}. */
  anHourAgo(act: () => void): void {
    this.now -= HOUR;
    act();
    this.now += HOUR;
  }

  /** When a change is made that is made now. */
  get madeAt(): number {
    return Math.floor((START + this.now) / 1_000) * 1_000;
  }

  /** Makes the target what the transform says of the source's item. */
  replay(id: string): void {
    const item = this.tables.items("old").find((each) => each.id?.S === id);
    this.tables.delete("new", { pk: { S: id } });
    const made = item && !item.poison && transform(item, {} as never);
    if (made) this.tables.put("new", made as Item);
    this.record();
  }

  /** Records that the replay has applied everything that the shards hold, or one of them. */
  record(shards: Iterable<string> = this.stream.records.keys()): void {
    const through = [...shards].flatMap(
      (shard) => this.stream.records.get(shard)?.at(-1)?.sequence ?? [],
    );
    this.replayed = {
      ...this.replayed,
      appliedAt: this.madeAt,
      through: [...this.replayed.through, ...through],
    };
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
      proof: "run swap migrate verify orders 2",
      replayed: async () => this.replayed,
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

afterEach(() => jest.restoreAllMocks());

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
  expect(bench.stream.asked.slice(0, 2)).toEqual(["s1 LATEST", "child LATEST"]);
  expect(bench.stream.asked.at(-1)).toBe("s2 TRIM_HORIZON");
});

test("a shard that begins when the stream has been quiet is read before the end", async () => {
  for (const emptyPages of [0, 3]) {
    const bench = new Bench();
    bench.stream.empty.set("s2", emptyPages);
    const drain = await bench.open();
    const begun = bench.now;
    bench.at(begun + QUIET_MS, () => {
      bench.stream.close("s1");
      bench.stream.add("s2", { parent: "s1" });
      bench.replays = false;
      bench.change("a", N(1), "s2");
    });
    bench.at(begun + 8_000, () => bench.replay("a"));
    await drain.untilEmpty(() => 20_000 - (bench.now - begun));
    expect(bench.now - begun).toBeGreaterThanOrEqual(8_000);
  }
});

test("what was written before it was opened is not taken for applied without a proof", async () => {
  const stopped = new Bench();
  stopped.change("a", N(1));
  stopped.replays = false;
  stopped.now += 5_000;
  stopped.change("a", N(2));
  const refusal = await stopped.refusal(stopped.open());
  expect(refusal).toMatchObject({ reason: expect.stringContaining("nothing shows") });
  expect(refusal.fix).toContain(", or run swap migrate verify orders 2;");

  const written = new Bench();
  written.change("a", N(1));
  written.replays = false;
  written.now += 5_000;
  written.change("a", N(2));
  // The line that is printed: a change made meanwhile, in order after the one before.
  const later = written.now + 30_000;
  written.at(later, () => {
    written.replays = true;
    written.change("b", N(1));
  });
  await written.open();
  expect(written.now).toBeGreaterThanOrEqual(later);
});

test("its proof is what the replay recorded, or a verification after the newest change", async () => {
  const applied = new Bench();
  applied.replayed = { ...applied.replayed, agreedAt: undefined };
  applied.change("a", N(1));
  await applied.open();

  const verified = new Bench();
  verified.replays = false;
  verified.anHourAgo(() => verified.change("a", N(1)));
  verified.replayed = { ...verified.replayed, agreedAt: START - HOUR + 61_000 };
  await verified.open();

  const early = new Bench();
  early.replays = false;
  early.anHourAgo(() => early.change("a", N(1)));
  early.replayed = { ...early.replayed, agreedAt: START - HOUR + 1_000 };
  expect((await early.refusal(early.open())).reason).toContain("nothing shows");

  const empty = new Bench();
  empty.replayed = { ...empty.replayed, agreedAt: undefined };
  expect((await empty.refusal(empty.open())).reason).toContain("holds no change");
});

test("a shard whose replay stands still is found, though that of another one goes on", async () => {
  const standing = () => {
    const bench = new Bench();
    bench.stream.add("s2");
    bench.replays = false;
    bench.change("a", N(1), "s2");
    for (let at = 200; at < 100_000; at += 200)
      bench.at(at, () => {
        bench.change("b", N(at), "s1");
        bench.tables.put("new", { pk: { S: "b" }, ...N(at) });
        bench.record(["s1"]);
      });
    return bench;
  };
  const bench = standing();
  expect((await bench.refusal(bench.open())).reason).toContain("nothing shows");

  const applied = standing();
  applied.at(20_000, () => applied.record(["s2"]));
  await applied.open();
  expect(applied.now).toBeGreaterThanOrEqual(20_000);

  // What continues it shows it too: a shard is replayed after the one that it continues.
  const split = standing();
  split.at(1_000, () => {
    split.stream.close("s2");
    split.stream.add("s3", { parent: "s2" });
    split.change("c", undefined, "s3");
  });
  split.at(30_000, () => split.record(["s3"]));
  await split.open();
  expect(split.now).toBeGreaterThanOrEqual(30_000);
});

test("the newest change before is found in a parent, and behind pages without records", async () => {
  const bench = new Bench();
  bench.replays = false;
  bench.stream.empty.set("s1", 2);
  bench.change("a", N(1));
  bench.stream.close("s1");
  bench.stream.add("s2", { parent: "s1" });
  expect((await bench.refusal(bench.open())).reason).toContain(
    new Date(bench.replayed.agreedAt as number).toISOString().slice(0, 19),
  );
});

test("a change behind many pages without records is found, and none of another shard proves it", async () => {
  for (const emptyPages of [15, 60]) {
    const bench = new Bench();
    bench.stream.add("s2");
    bench.change("b", N(1), "s2");
    bench.replayed = { ...bench.replayed, agreedAt: START - HOUR };
    bench.replays = false;
    bench.now += 5_000;
    bench.change("a", N(1));
    bench.tables.put("new", { pk: { S: "a" }, ...N(1) });
    bench.stream.empty.set("s1", emptyPages);
    const newest = new Date(bench.madeAt).toISOString().slice(0, 19);
    expect((await bench.refusal(bench.open())).reason).toContain(newest);
  }
});

describe("where a run of pages without records was longer than expected", () => {
  /** A shard that holds an applied change, one that is not and that no verification covers, and such runs. */
  const holding = (before: number, between: number) => {
    const bench = new Bench();
    bench.change("a", N(1));
    bench.replayed = { ...bench.replayed, agreedAt: START - HOUR };
    bench.replays = false;
    bench.now += 5_000;
    bench.change("b", N(1));
    bench.stream.gaps.set("s1/0", before).set("s1/1", between);
    return bench;
  };

  test("a longer one is read through, in its shard and in others", async () => {
    const same = holding(20, 150);
    const newest = new Date(same.madeAt).toISOString().slice(0, 19);
    expect((await same.refusal(same.open())).reason).toContain(newest);

    // The shard that it continues shows it first after the end of this one was judged.
    const continued = holding(0, 150);
    continued.stream.add("s0", { closed: true });
    for (const shard of continued.stream.list) if (shard.id === "s1") shard.parent = "s0";
    continued.stream.records.set("s0", continued.stream.records.get("s1")?.splice(0, 1) ?? []);
    continued.stream.gaps.clear();
    continued.stream.gaps.set("s0/0", 20).set("s1/0", 150);
    expect((await continued.refusal(continued.open())).reason).toContain(newest);
  });

  test("a change that is made at the end of a shard meanwhile shows no such run", async () => {
    const bench = new Bench();
    bench.change("a", N(1));
    bench.stream.add("s2");
    bench.change("c", N(1), "s2");
    let pages = 0;
    const read = bench.stream.read.bind(bench.stream);
    bench.stream.read = async (position) => {
      const page = await read(position);
      if (page.changes.length > 0 || ++pages !== 60) return page;
      bench.replays = false;
      bench.change("b", N(1), "s2");
      bench.tables.put("new", { pk: { S: "b" }, ...N(1) });
      return page;
    };
    await bench.open();
    expect(bench.stream.asked.filter((each) => each === "s1 TRIM_HORIZON")).toHaveLength(1);
  });
});

test("a verification that began once it was opened proves all before, whatever the stream holds", async () => {
  const bench = slow(100);
  for (let n = 0; n < 2_000; n++) bench.change(`k${n % 20}`, N(n));
  bench.replayed = { ...bench.replayed, agreedAt: undefined, through: [] };
  bench.replays = false;
  bench.at(30_000, () => {
    bench.replayed = { ...bench.replayed, agreedAt: Date.now() + 61_000 };
  });
  await bench.open();
  expect(bench.now).toBeLessThan(40_000);
});

test("a shard without changes needs a verification, whatever others have applied", async () => {
  const bench = new Bench();
  bench.stream.add("s2");
  bench.change("b", N(1), "s2");
  bench.replayed = { ...bench.replayed, agreedAt: undefined };
  expect((await bench.refusal(bench.open())).reason).toContain("holds no change");
});

test("a shard that is written to is proven by what it held before, when others overwrote its record", async () => {
  const overwritten = (agreedAt: number) => {
    const bench = new Bench();
    bench.anHourAgo(() => bench.change("a", N(1)));
    bench.replayed = { ...bench.replayed, agreedAt, through: [] };
    bench.replays = false;
    // Pages without records before a change that is known don't end the search.
    bench.at(1_000, () => {
      bench.change("b", N(1));
      bench.tables.put("new", { pk: { S: "b" }, ...N(1) });
    });
    bench.at(5_000, () => bench.stream.empty.set("s1", 400));
    return bench;
  };
  const verified = overwritten(START - HOUR + 61_000);
  await verified.open(2_000);
  expect(verified.stream.empty.get("s1")).toBe(0);
  const early = overwritten(START - HOUR + 59_000);
  expect((await early.refusal(early.open(2_000))).reason).toContain("nothing shows");
});

/** A drain of whose stream each page takes time. */
function slow(pageMs: number) {
  const bench = new Bench();
  const read = bench.stream.read.bind(bench.stream);
  bench.stream.read = async (position) => {
    await bench.clock.sleep(pageMs);
    return read(position);
  };
  return bench;
}

test("a look-up may take long, and is refused only for what it finds", async () => {
  const shards = slow(1.25);
  for (let n = 0; n < 640; n++) shards.stream.add(`empty${n}`);
  await shards.open();
  expect(shards.now).toBeGreaterThan(SETTLE_LIMIT_MS);

  const history = (agreedAt: number) => {
    const bench = slow(20);
    bench.anHourAgo(() => {
      for (let n = 0; n < 8_000; n++) bench.change(`k${n % 20}`, N(n));
    });
    bench.replayed = { ...bench.replayed, agreedAt, through: [] };
    bench.replays = false;
    return bench;
  };
  await history(START - HOUR + 61_000).open();
  const unproven = history(START - HOUR + 59_000);
  expect((await unproven.refusal(unproven.open())).reason).toContain("nothing shows");
});

test("a change that is made during a look-up ends it", async () => {
  const bench = slow(20);
  for (let n = 0; n < 16_000; n++) bench.change(`k${n % 20}`, N(n));
  bench.replayed = { ...bench.replayed, through: [] };
  bench.at(10_000, () => bench.change("b", N(1)));
  await bench.open();
  expect(bench.now).toBeLessThan(20_000);
});

test("where a verification shows what was before, the changes since have to agree", async () => {
  const stopped = () => {
    const bench = new Bench();
    bench.stream.add("s2");
    bench.anHourAgo(() => bench.change("a", N(1)));
    bench.replayed = { ...bench.replayed, agreedAt: START - HOUR + 61_000, through: [] };
    bench.replays = false;
    // Another shard, of which nothing is recorded for a while.
    bench.at(200, () => {
      bench.change("c", undefined, "s2");
      bench.change("c", N(1), "s2");
    });
    bench.at(4_000, () => bench.change("b", N(1)));
    bench.at(40_000, () => {
      bench.tables.put("new", { pk: { S: "c" }, ...N(1) });
      bench.record(["s2"]);
    });
    return bench;
  };
  const disabled = stopped();
  expect((await disabled.refusal(disabled.open(1_000))).reason).toContain(
    "not applied changes of 1 key",
  );

  const replaying = stopped();
  replaying.at(50_000, () => replaying.tables.put("new", { pk: { S: "b" }, ...N(1) }));
  await replaying.open(1_000);
  expect(replaying.now).toBeGreaterThanOrEqual(50_000);
});

test("what the record has shown once is not forgotten", async () => {
  const bench = new Bench();
  bench.change("a", N(1));
  bench.replayed = { ...bench.replayed, agreedAt: undefined, through: [] };
  bench.at(1_000, () => bench.change("b", N(1)));
  bench.at(2_000, () => {
    bench.replayed = { ...bench.replayed, through: [] };
  });
  await bench.open(5_000);
  expect(bench.now).toBeLessThan(6_000);
});

test("items that agree are not enough while the replay has changes to apply", async () => {
  const bench = new Bench();
  const drain = await bench.open();
  const begun = bench.now;
  bench.at(begun + 200, () => {
    bench.replays = false;
    bench.change("lock", N(1));
  });
  bench.at(begun + 400, () => bench.change("lock", undefined));
  bench.at(begun + 6_000, () => bench.replay("lock"));
  await drain.untilEmpty(() => 20_000 - (bench.now - begun));
  expect(bench.now - begun).toBeGreaterThanOrEqual(6_000);

  const running = new Bench();
  const other = await running.open();
  running.replayed = { ...running.replayed, running: 1 };
  expect((await running.refusal(other.untilEmpty(() => 5_000 - running.now))).reason).toContain(
    "1 of its batches",
  );
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
  for (let at = 0; at < 90_000; at += 200)
    bench.at(at, () => {
      bench.change("hot", N(at));
      bench.record();
    });
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
    sequence: String(n),
    keys: { id: { S: `k${n}` } },
    madeAt: START,
  }));
  bench.stream.read = async (position) => ({ changes, next: position });
  expect((await bench.refusal(bench.open())).reason).toContain("100,000");
});
