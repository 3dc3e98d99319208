import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  type DynamoDBClient,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import fc from "fast-check";
import type { Item } from "../../../src/items";
import { advanceSegment, listSegments } from "../../../src/migration/lambda/copy-handlers";
import type { Migration } from "../../../src/migration/lambda/open";
import { proveWayBack } from "../../../src/migration/lambda/prove-way-back";
import { replayRecords } from "../../../src/migration/lambda/replay-handlers";
import { placeFence, rollback, setActive } from "../../../src/pointer";
import { refused } from "../../support/refused";
import { onEachStore } from "../readiness/stores";
import { newMigration, plenty } from "./functions";
import { Streams } from "./streaming";
import { ID, itemsOf, texts } from "./tables";

const RUNS = Number(process.env.MIGRATION_RUNS ?? 12);

const old = (key: number, value: number): Item => ({
  pk: { S: `k${key}` },
  value: { N: String(value) },
});

const toNew = ({ value, ...item }: Item): Item => ({ ...item, count: value as never });
const toOld = ({ count, ...item }: Item): Item => ({ ...item, value: count as never });

/** A migration from version 1 to 2 with an inverse, copied, and the streams of both tables. */
async function newBothWays(client: DynamoDBClient, count = 3) {
  const made = await newMigration(client);
  const { source, target } = made;
  const { sourceSchema, targetSchema } = made.mapping;
  const streams = new Streams(made.client, { [source]: sourceSchema, [target]: targetSchema });
  const migration: Migration = {
    ...made,
    inverseHash: "i",
    mapping: { ...made.mapping, transform: toNew },
    inverse: {
      transform: toOld,
      context: { alias: made.alias, from: 2, to: 1 },
      sourceSchema: targetSchema,
      targetSchema: sourceSchema,
      target: source,
    },
  };
  for (let key = 0; key < count; key++) await streams.write(source, { put: old(key, key) });
  const [task] = await listSegments(migration, { segments: 1 });
  await advanceSegment(migration, task as NonNullable<typeof task>, plenty);
  const { run } = (task as NonNullable<typeof task>).session;
  await migration.store.endCopy(run, Date.now());
  await migration.store.beginReplay(run, Date.now());
  await proveWayBack(migration, async () => {});
  return new BothWays(migration, streams, run);
}

/** A migration whose streams are delivered by hand. */
class BothWays {
  readonly #at = { 1: 0, 2: 0 };
  active: 1 | 2 = 1;

  constructor(
    readonly migration: Migration,
    readonly streams: Streams,
    readonly run: string,
  ) {}

  table(version: 1 | 2): string {
    return version === 1 ? this.migration.source : this.migration.target;
  }

  /** The item of a version. */
  item(version: 1 | 2, key: number, value: number): Item {
    return version === 1 ? old(key, value) : toNew(old(key, value));
  }

  async write(version: 1 | 2, key: number, value: number | undefined): Promise<void> {
    const change =
      value === undefined
        ? { delete: { pk: { S: `k${key}` } } }
        : { put: this.item(version, key, value) };
    await this.streams.write(this.table(version), change);
  }

  /** Delivers a part of a version's stream; false if there was none. */
  async deliver(version: 1 | 2, size = 100, again = false): Promise<boolean> {
    const start = this.#at[version];
    const Records = this.streams.of(this.table(version)).slice(start, start + size);
    if (Records.length === 0) return false;
    try {
      const { batchItemFailures } = await replayRecords(
        this.migration,
        { Records },
        plenty,
        () => {},
      );
      const [first] = batchItemFailures;
      const done = first
        ? Records.findIndex(({ dynamodb }) => dynamodb?.SequenceNumber === first.itemIdentifier)
        : Records.length;
      if (!again) this.#at[version] = start + done;
    } catch {
      // The mapping repeats it.
    }
    return true;
  }

  /** Delivers all, and what it makes. */
  async settle(): Promise<void> {
    for (let batches = 0; (await this.deliver(1)) || (await this.deliver(2)); batches++)
      if (batches > 500) throw new Error("a batch is repeated for ever");
  }

  async move(to: 1 | 2): Promise<void> {
    const { control, alias } = this.migration;
    if (to === 1) await rollback(control, alias, { from: 2, to: 1 });
    else await setActive(control, alias, 2, { liftBar: true } as never);
    this.active = to;
  }

  /** What a version holds, in the form of version 1. */
  async held(version: 1 | 2): Promise<string[]> {
    const items = await itemsOf(this.migration.client, this.table(version));
    return texts(version === 1 ? items : items.map(toOld));
  }

  strays() {
    return this.migration.store.strays(this.run);
  }
}

/** Requests that read items, by table. */
const readsOf = (both: BothWays): string[] => {
  const reads: string[] = [];
  both.streams.before = (command) => {
    if (command instanceof BatchGetItemCommand)
      reads.push(...Object.keys(command.input.RequestItems ?? {}));
  };
  return reads;
};

type Step =
  | { kind: "write"; key: number; deletes: boolean }
  | { kind: "stray"; key: number; deletes: boolean }
  | { kind: "deliver"; version: 1 | 2; size: number; again: boolean; dies: number | undefined }
  | { kind: "move" };

const version = fc.constantFrom<1 | 2>(1, 2);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("write" as const),
      key: fc.nat(3),
      deletes: fc.boolean(),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("deliver" as const),
      version,
      size: fc.integer({ min: 1, max: 6 }),
      again: fc.boolean(),
      dies: fc.option(fc.nat(12), { nil: undefined, freq: 2 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("stray" as const),
      key: fc.nat(5),
      deletes: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("move" as const) }) },
);

onEachStore(({ client }) => {
  test("random writes on whichever version is active reach the other, and strays are found exactly", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 30 }), async (steps) => {
        const both = await newBothWays(client());
        const written = new Map<number, number | undefined>([0, 1, 2].map((key) => [key, key]));
        const strayed = new Set<number>();
        const strays: string[] = [];
        let value = 100;
        let moved = false;
        for (const each of steps) {
          if (each.kind === "write") {
            value += 1;
            // Key 2 always exists in the active version, so that a stray deletion shows.
            const now = each.deletes && each.key !== 2 ? undefined : value;
            await both.write(both.active, each.key, now);
            written.set(each.key, now);
          } else if (each.kind === "deliver") {
            let left = each.dies ?? Number.POSITIVE_INFINITY;
            both.streams.before = () => {
              left -= 1;
              if (left < 0) throw Object.assign(new Error("died"), { name: "Died" });
            };
            await both.deliver(each.version, each.size, each.again);
            both.streams.before = () => {};
          } else if (each.kind === "move") {
            await both.settle();
            await both.move(both.active === 1 ? 2 : 1);
            moved = true;
          } else if (moved) {
            // Before the first move nobody but the copy knows the new version.
            const other = both.active === 1 ? 2 : 1;
            const before = both.streams.of(both.table(other)).length;
            value += 1;
            const deletes = each.deletes && each.key === 2 && !strayed.has(2);
            await both.write(other, each.key, deletes ? undefined : value);
            const made = both.streams.of(both.table(other)).slice(before);
            strays.push(...made.map(({ dynamodb }) => `${other} ${dynamodb?.SequenceNumber}`));
            strayed.add(each.key);
          }
        }
        await both.settle();
        const found = (await both.strays()).map((each) => `${each.version} ${each.sequence}`);
        expect(found.sort()).toEqual(strays.sort());
        const kept = (held: string[]) =>
          held.filter((text) => ![...strayed].some((key) => text.includes(`k${key}`)));
        const wanted = [...written].flatMap(([key, value]) =>
          value === undefined ? [] : [old(key, value)],
        );
        expect(kept(await both.held(both.active))).toEqual(kept(texts(wanted)));
        expect(kept(await both.held(1))).toEqual(kept(await both.held(2)));
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
  });

  test("before the first move, the target's records are dropped without a read of an item", async () => {
    const both = await newBothWays(client());
    await both.write(1, 7, 7);
    await both.deliver(1);
    const reads = readsOf(both);
    await both.deliver(2);
    expect(reads).toEqual([]);
    expect(await both.deliver(2)).toBe(false);
    expect(await both.strays()).toEqual([]);
  });

  test("an item that changes faster than it is replicated makes no stray", async () => {
    const both = await newBothWays(client());
    await both.settle();
    await both.move(2);
    for (let value = 10; value < 15; value++) {
      await both.write(2, 0, value);
      await both.deliver(2, 1);
    }
    await both.write(2, 0, 99);
    await both.deliver(1);
    expect(await both.strays()).toEqual([]);
  });

  test("a deletion that repeats one of the replication is a stray if the item was another", async () => {
    const both = await newBothWays(client());
    await both.settle();
    await both.move(2);
    await both.write(2, 0, undefined);
    await both.settle();
    await both.write(2, 0, 20);
    await both.settle();
    await both.write(1, 0, undefined);
    await both.settle();
    expect(await both.strays()).toMatchObject([{ key: { pk: { S: "k0" } }, deleted: true }]);
  });

  test("a stray is recorded once, with its image, and the active version keeps its item", async () => {
    const both = await newBothWays(client());
    await both.settle();
    await both.move(2);
    await both.write(1, 0, 50);
    await both.write(1, 1, undefined);
    await both.deliver(1, 100, true);
    await both.settle();
    expect(await both.strays()).toMatchObject([
      { version: 1, key: { pk: { S: "k0" } }, image: old(0, 50), deleted: false },
      { version: 1, key: { pk: { S: "k1" } }, deleted: true },
    ]);
    expect(await both.held(2)).toEqual(texts([old(0, 0), old(1, 1), old(2, 2)]));
  });

  test("a change of its item in the active version puts a stray right, after a rollback too", async () => {
    const both = await newBothWays(client());
    await both.settle();
    await both.move(2);
    await both.settle();
    await both.move(1);
    // One that others changed, one that they deleted, and one that they made.
    await both.write(2, 0, 50);
    await both.write(2, 1, undefined);
    await both.write(2, 9, 50);
    await both.settle();
    expect(await both.strays()).toHaveLength(3);
    expect(await both.held(2)).not.toEqual(await both.held(1));
    for (const key of [0, 1]) for (const value of [60, key]) await both.write(1, key, value);
    for (const value of [60, undefined]) await both.write(1, 9, value);
    await both.settle();
    expect(await both.held(1)).toEqual(texts([old(0, 0), old(1, 1), old(2, 2)]));
    expect(await both.held(2)).toEqual(await both.held(1));
  });

  test("a change that was not replicated before the move is a stray", async () => {
    const both = await newBothWays(client());
    await both.write(1, 0, 50);
    await both.move(2);
    await both.settle();
    expect(await both.strays()).toMatchObject([{ version: 1, image: old(0, 50) }]);
  });

  test("once the pointer has moved, a batch in flight writes nothing more and is repeated", async () => {
    const both = await newBothWays(client(), 0);
    for (let key = 0; key < 150; key++) await both.write(1, key, key);
    let now = 0;
    jest.spyOn(performance, "now").mockImplementation(() => now);
    let writes = 0;
    both.streams.before = async (command) => {
      if (!(command instanceof BatchWriteItemCommand)) return;
      writes += 1;
      if (writes !== 2) return;
      both.streams.before = () => {};
      await both.move(2);
      now += 2_000;
    };
    await both.deliver(1, 1_000);
    jest.restoreAllMocks();
    expect(await both.held(2)).toHaveLength(50);
  });

  test("while a fence stands, a batch in flight looks at the pointer before each write", async () => {
    const both = await newBothWays(client(), 0);
    const { control, alias } = both.migration;
    for (let key = 0; key < 150; key++) await both.write(1, key, key);
    const fence = { from: 1, to: 2, operation: "op", budgetMs: 30_000 };
    await placeFence(control, alias, fence);
    let writes = 0;
    both.streams.before = async (command) => {
      if (!(command instanceof BatchWriteItemCommand)) return;
      writes += 1;
      if (writes !== 2) return;
      both.streams.before = () => {};
      await setActive(control, alias, 2, { fence: fence.operation });
    };
    await both.deliver(1, 1_000);
    expect(await both.held(2)).toHaveLength(50);
  });

  test("an inverse that loses something loses it only of items that are written", async () => {
    const both = await newBothWays(client(), 0);
    const { migration, streams } = both;
    const item = (key: number): Item => ({ ...old(key, key), lost: { S: "kept" } });
    migration.mapping.transform = ({ lost, ...rest }) => toNew(rest);
    for (const key of [0, 1]) await streams.write(migration.source, { put: item(key) });
    await both.deliver(1);
    await both.move(2);
    await both.write(2, 1, 9);
    await both.settle();
    expect(await both.held(1)).toEqual(texts([item(0), old(1, 9)]));
  });

  test("what went back before a rollback is not taken for a write: the new version keeps what the inverse loses", async () => {
    const both = await newBothWays(client(), 0);
    const { migration, streams } = both;
    const inverse = migration.inverse as NonNullable<typeof migration.inverse>;
    inverse.transform = ({ note, ...rest }) => toOld(rest);
    const noted = (value: number): Item => ({ ...both.item(2, 0, value), note: { S: "kept" } });
    await both.move(2);
    for (const value of [1, 2]) {
      await streams.write(migration.target, { put: noted(value) });
      await both.deliver(2);
    }
    await both.move(1);
    // One at a time, so that the first record is not the item any more.
    while (await both.deliver(1, 1));
    await both.settle();
    expect(texts(await itemsOf(migration.client, migration.target))).toEqual(texts([noted(2)]));
    // A writer's change that ends where it began is one: a drain compares the items only.
    await both.write(1, 0, 3);
    await both.write(1, 0, 2);
    await both.settle();
    expect(texts(await itemsOf(migration.client, migration.target))).toEqual(
      texts([both.item(2, 0, 2)]),
    );
  });

  test("copies that arrive after the cut-over change nothing in the old version, at no time", async () => {
    const both = await newBothWays(client(), 0);
    const { migration, streams } = both;
    const item = (value: number): Item => ({ ...old(0, value), lost: { S: "kept" } });
    migration.mapping.transform = ({ lost, ...rest }) => toNew(rest);
    for (const value of [1, 2]) {
      await streams.write(migration.source, { put: item(value) });
      await both.deliver(1);
    }
    await streams.write(migration.source, { delete: { pk: { S: "k0" } } });
    await both.deliver(1);
    await streams.write(migration.source, { put: item(3) });
    await both.deliver(1);
    await both.move(2);
    const held = [];
    while (await both.deliver(2, 1)) held.push(await both.held(1));
    expect(held).toEqual(Array.from({ length: 4 }, () => texts([item(3)])));
  });

  test("an item that can't go back is parked, and counts until it does", async () => {
    const both = await newBothWays(client());
    const { migration } = both;
    await both.settle();
    await both.move(2);
    (migration.inverse as NonNullable<typeof migration.inverse>).transform = (item) => {
      if (item.count?.N === "13") throw new Error("no way back");
      return toOld(item);
    };
    await both.write(2, 0, 13);
    await both.settle();
    expect(await migration.store.parked()).toMatchObject([
      {
        sourceKey: { pk: { S: "k0" } },
        back: true,
        reason: expect.stringContaining("no way back"),
      },
    ]);
    await both.write(2, 0, 14);
    await both.settle();
    expect(await migration.store.parked()).toEqual([]);
  });

  test("without a way back, nothing is replicated to a version that was active", async () => {
    const both = await newBothWays(client());
    const migration = { ...both.migration, inverse: undefined };
    await both.move(2);
    await both.move(1);
    await both.write(1, 0, 5);
    const Records = both.streams.of(migration.source);
    await refused(
      replayRecords(migration, { Records }, plenty, () => {}),
      "swap.input-invalid",
    );
  });

  test("a way back that began too late lets nothing be replicated to a version that was active", async () => {
    const both = await newBothWays(client());
    const { store } = both.migration;
    await both.settle();
    await both.move(2);
    await store.declareInverse(both.run, "none");
    await store.declareInverse(both.run, "i");
    await both.move(1);
    await both.write(1, 0, 5);
    const Records = both.streams.of(both.migration.source);
    await refused(
      replayRecords(both.migration, { Records }, plenty, () => {}),
      "swap.input-invalid",
    );
  });

  test("without a way back, nothing is entered in the log, which the function may not write", async () => {
    const { migration } = await newBothWays(client(), 1);
    const { alias, store } = migration;
    // As a record of a release that did not record the last move: the target's records are not dropped.
    await migration.client.send(
      new UpdateItemCommand({
        TableName: store.table,
        Key: { pk: { S: `${alias}#2` }, sk: { S: "summary" } },
        UpdateExpression: "remove moveId",
      }),
    );
    const streams = new Streams(migration.client, { [migration.source]: ID });
    const written: string[] = [];
    streams.before = (command) => {
      if (command instanceof BatchWriteItemCommand)
        written.push(...Object.keys(command.input.RequestItems ?? {}));
    };
    await streams.write(migration.source, { put: old(5, 5) });
    const event = { Records: streams.of(migration.source) };
    const oneWay = { ...migration, inverse: undefined };
    expect(await replayRecords(oneWay, event, plenty)).toEqual({ batchItemFailures: [] });
    expect(written).toEqual([migration.target]);
  });

  test("a batch of another table's stream is refused", async () => {
    const both = await newBothWays(client());
    const Records = both.streams.of(both.migration.source);
    const other = { ...both.migration, source: "other" };
    await expect(replayRecords(other, { Records }, plenty)).rejects.toThrow("does not read");
  });
});
