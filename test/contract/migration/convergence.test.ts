import { DeleteItemCommand, DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import fc from "fast-check";
import type { Item } from "../../../src/items";
import {
  type ChangeRecord,
  copy,
  keyHash,
  type Mapping,
  MigrationStore,
  repair,
  replayBatch,
  type Transform,
  verify,
} from "../../../src/migration";
import { onEveryBackend } from "../../support/backends";
import { interfere } from "../readiness/interfere";
import { CUSTOMER, clear, ID, itemsOf, newPair, type Pair, texts } from "./tables";

const KEYS = 12;
const RUNS = Number(process.env.MIGRATION_RUNS ?? 25);

/** A write of the application, or a deletion. */
interface Change {
  key: number;
  value: number | undefined;
}

/** Where a request dies: before DynamoDB applies it, or after, so that its answer is lost. */
interface Crash {
  afterRequests: number;
  applied: boolean;
}

interface Scenario {
  initial: Change[];
  /** Changes made while the copy runs, each before the request of that number. */
  during: (Change & { request: number })[];
  after: Change[];
  crashes: Crash[];
  pageSize: number;
  concurrency: number;
  /** How records are cut into batches, and how far back a failed one goes. */
  batches: { size: number; back: number }[];
}

const change = fc.record({
  key: fc.nat(KEYS - 1),
  value: fc.option(fc.nat(9), { nil: undefined, freq: 3 }),
});
const scenario: fc.Arbitrary<Scenario> = fc.record({
  initial: fc.array(change, { maxLength: 20 }),
  during: fc.array(
    fc.record({
      key: fc.nat(KEYS - 1),
      value: fc.option(fc.nat(9), { nil: undefined }),
      request: fc.nat(12),
    }),
    { maxLength: 12 },
  ),
  after: fc.array(change, { maxLength: 12 }),
  crashes: fc.array(fc.record({ afterRequests: fc.nat(15), applied: fc.boolean() }), {
    maxLength: 4,
  }),
  pageSize: fc.integer({ min: 1, max: 8 }),
  concurrency: fc.integer({ min: 1, max: 3 }),
  batches: fc.array(fc.record({ size: fc.integer({ min: 1, max: 9 }), back: fc.nat(6) }), {
    minLength: 1,
    maxLength: 6,
  }),
});

const itemOf = (key: number, value: number): Item => ({
  pk: { S: `k${key}` },
  value: { N: String(value) },
});

/**
 * Changes the key, leaves out value 0, and fails for value 9. It changes what it gets, also when it returns
 * something else.
 */
const reshape: Transform = async (item, { to }) => {
  const { pk, value, ...rest } = item as { pk: { S: string }; value: { N: string } };
  const key = pk.S.slice(1);
  pk.S = `c${Number(key) % 3}`;
  delete item.value;
  if (value.N === "0") return undefined;
  if (value.N === "9") throw new Error("value 9 has no place");
  value.N = `${value.N}.50`;
  return {
    ...rest,
    customer: pk,
    order: { N: `${key}.0` },
    total: value,
    version: { N: String(to) },
  };
};

class Crashed extends Error {}

/** The application that writes to the source, with the records that its stream would hold. */
class Application {
  readonly items = new Map<number, number>();
  readonly records: ChangeRecord[] = [];

  constructor(
    private readonly client: DynamoDBClient,
    private readonly table: string,
  ) {}

  async apply({ key, value }: Change): Promise<void> {
    const before = this.items.get(key);
    if (value === undefined && before === undefined) return;
    const TableName = this.table;
    if (value === undefined) {
      await this.client.send(new DeleteItemCommand({ TableName, Key: { pk: { S: `k${key}` } } }));
      this.items.delete(key);
    } else {
      await this.client.send(new PutItemCommand({ TableName, Item: itemOf(key, value) }));
      this.items.set(key, value);
    }
    this.records.push({
      ...(before !== undefined && { oldImage: itemOf(key, before) }),
      ...(value !== undefined && { newImage: itemOf(key, value) }),
    });
  }

  /** What the target has to hold, and the source keys that have to be parked. */
  async wanted(mapping: Mapping): Promise<{ items: Item[]; parked: string[] }> {
    const items: Item[] = [];
    const parked: string[] = [];
    for (const [key, value] of this.items) {
      try {
        const item = itemOf(key, value);
        const made = mapping.transform ? await mapping.transform(item, mapping.context) : item;
        if (made) items.push(made);
      } catch {
        parked.push(`k${key}`);
      }
    }
    return { items, parked: parked.sort() };
  }
}

onEveryBackend((_backend, endpoint) => {
  const clients: DynamoDBClient[] = [];
  afterAll(() => {
    for (const client of clients) client.destroy();
  });
  const newClient = () => {
    const client = new DynamoDBClient({
      endpoint: endpoint(),
      region: "us-east-1",
      maxAttempts: 1,
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
    });
    clients.push(client);
    return client;
  };

  /** Repeats `run` with a client that crashes as scripted, until it ends well. */
  async function restart(
    crashes: Crash[],
    run: (client: DynamoDBClient) => Promise<unknown>,
    before: () => Promise<void> = async () => {},
  ): Promise<void> {
    for (;;) {
      const client = newClient();
      const crash = crashes.shift();
      let requests = 0;
      interfere(client, async ({ go }) => {
        await before();
        const last = crash !== undefined && requests++ >= crash.afterRequests;
        if (last && !crash.applied) throw new Crashed("before");
        const output = await go();
        if (last) throw new Crashed("after");
        return output;
      });
      try {
        await run(client);
        return;
      } catch (error) {
        if (crash === undefined) throw error;
        if (!String((error as Error).message).match(/before|after/)) throw error;
      }
    }
  }

  async function play(pair: Pair, script: Scenario): Promise<void> {
    const { mapping, source, store } = pair;
    const application = new Application(pair.client, source);
    for (const each of script.initial) await application.apply(each);
    // The stream is on before the first scan: later records are replayed, earlier ones are not.
    application.records.length = 0;

    const crashes = [...script.crashes];
    const during = [...script.during];
    let requests = 0;
    let writing = Promise.resolve();
    const start = await store.start({
      from: 1,
      transform: "t",
      segments: script.concurrency,
      startedAt: 1,
      tables: { source: "1", target: "2" },
    });
    await restart(
      crashes,
      (client) => {
        const at = new MigrationStore({ client }, mapping.context.alias, 2);
        const control = { ...pair.control, client };
        return copy({ ...script, client, source, mapping, control, store: at, start });
      },
      () => {
        const request = requests++;
        writing = writing.then(async () => {
          for (const each of during.filter((one) => one.request === request))
            await application.apply(each);
        });
        return writing;
      },
    );
    for (const each of script.after) await application.apply(each);

    const { records } = application;
    const cuts = [...script.batches];
    for (let at = 0; at < records.length; ) {
      const { size, back } = cuts.shift() ?? { size: 7, back: 0 };
      const batch = records.slice(at, at + size);
      await restart(crashes, async (client) => {
        const at = new MigrationStore({ client }, mapping.context.alias, 2);
        const parked = await at.parkedKeys(mapping.sourceSchema);
        await replayBatch(batch, { client, mapping, parked });
      });
      at = Math.max(0, at + size - back);
    }

    const wanted = await application.wanted(mapping);
    expect(texts(await itemsOf(pair.client, mapping.target))).toEqual(texts(wanted.items));
    const parked = (await store.parked()).map(({ sourceKey }) => sourceKey.pk?.S ?? "").sort();
    expect(parked).toEqual(wanted.parked);
    const { differences, complete } = await verify({
      client: pair.client,
      source,
      mapping,
      concurrency: 2,
    });
    expect(complete).toBe(true);
    expect(differences.map(({ kind, sourceKey }) => [kind, sourceKey?.pk?.S]).sort()).toEqual(
      wanted.parked.map((key) => ["failed", key]),
    );
  }

  test.each([
    ["unchanged", undefined, ID],
    ["with a changed key", reshape, CUSTOMER],
  ])(
    "a copy and its replay converge, whatever crashes and is repeated: %s",
    async (_what, transform, targetSchema) => {
      const pair = await newPair(newClient(), { targetSchema, ...(transform && { transform }) });
      await fc.assert(
        fc.asyncProperty(scenario, async (script) => {
          await clear(pair);
          await play(pair, script);
        }),
        { numRuns: RUNS, endOnFailure: false },
      );
    },
  );

  const wrong = fc.record({
    source: fc.array(change, { maxLength: 25 }),
    target: fc.array(change, { maxLength: 25 }),
    crashes: fc.array(fc.record({ afterRequests: fc.nat(8), applied: fc.boolean() }), {
      maxLength: 3,
    }),
    maxCollected: fc.integer({ min: 1, max: 30 }),
  });

  test("any wrong copy is found exactly, and repaired", async () => {
    const pair = await newPair(newClient(), { targetSchema: CUSTOMER, transform: reshape });
    await fc.assert(
      fc.asyncProperty(wrong, async (script) => {
        await clear(pair);
        const { client, source, mapping, store } = pair;
        const right = new Application(client, source);
        for (const each of script.source) await right.apply(each);
        const copied = new Map<string, Item>();
        for (const { key, value } of script.target) {
          if (value === undefined || value === 0 || value === 9) continue;
          const made = await reshape(itemOf(key, value), mapping.context);
          if (made) copied.set(`k${key}`, made);
        }
        for (const item of copied.values())
          await client.send(new PutItemCommand({ TableName: mapping.target, Item: item }));

        const { items, parked } = await right.wanted(mapping);
        const keyed = new Map(items.map((item) => [`k${Number(item.order?.N)}`, item]));
        const expected = [
          ...parked.map((key) => `failed ${key}`),
          ...[...keyed.keys()].flatMap((key) => {
            const found = copied.get(key);
            if (found === undefined) return [`missing ${key}`];
            return texts([found])[0] === texts([keyed.get(key) as Item])[0]
              ? []
              : [`different ${key}`];
          }),
          ...[...copied.keys()].filter((key) => !keyed.has(key)).map((key) => `extra ${key}`),
        ].sort();

        const options = { client, source, mapping, concurrency: 2 };
        const found = await verify({ ...options, maxCollected: script.maxCollected });
        const shown = found.differences.map(
          ({ kind, sourceKey, targetKey }) =>
            `${kind} ${sourceKey?.pk?.S ?? `k${Number(targetKey?.order?.N)}`}`,
        );
        expect(shown.sort()).toEqual(expected);

        const { differences } = found;
        await restart([...script.crashes], async (crashing) => {
          const parkedKeys = await store.parkedKeys(mapping.sourceSchema);
          await repair({
            ...options,
            client: crashing,
            control: { ...pair.control, client: crashing },
            differences,
            parked: parkedKeys,
          });
        });
        const after = await verify(options);
        expect(
          after.differences.map(({ kind, sourceKey }) => [kind, sourceKey?.pk?.S]).sort(),
        ).toEqual(parked.map((key) => ["failed", key]));
        const hashes = (await store.parked()).map(({ sourceKey }) => keyHash(sourceKey, ID));
        expect(hashes).toHaveLength(parked.length);
      }),
      { numRuns: RUNS },
    );
  });
}, "comparesNumberKeys");
