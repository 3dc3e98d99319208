import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { Item } from "../../../src/items";
import { copy, MigrationStore, repair, type Transform, verify } from "../../../src/migration";
import { interfere } from "../readiness/interfere";
import { fill, onEachStore } from "../readiness/stores";
import { begin, clear, itemsOf, type Pair, texts } from "./tables";

const items: Item[] = Array.from({ length: 15 }, (_, index) => ({
  pk: { S: `k${index}` },
  n: { N: String(index) },
}));
const partly: Transform = (item) => {
  if (Number(item.n?.N) % 10 === 3) throw new Error("3 has no place");
  return Number(item.n?.N) % 10 === 4 ? undefined : { ...item, m: { BOOL: true } };
};
const wanted = texts(
  items
    .filter(({ n }) => !/[34]$/.test(n?.N ?? ""))
    .map((item) => ({ ...item, m: { BOOL: true } })),
);

/** The options of a pair by way of a client whose request of that number dies, before or after it is applied. */
function dying<P extends Pair>(pair: P, client: DynamoDBClient, at: number, applied: boolean) {
  let requests = 0;
  interfere(client, async ({ go }) => {
    const dead = requests >= at;
    if (!dead || (applied && requests === at)) {
      requests += 1;
      const output = await go();
      if (!dead) return output;
    }
    throw new Error("killed");
  });
  const store = new MigrationStore({ client }, pair.mapping.context.alias, 2);
  return { ...pair, client, control: { ...pair.control, client }, store };
}

onEachStore(({ client }) => {
  test.each([false, true])(
    "a copy that dies at any one request goes on (applied: %s)",
    async (applied) => {
      const pair = await begin(client(), items, { transform: partly, segments: 2 });
      let at = 0;
      for (let died = true; died; at++) {
        await clear(pair);
        await fill(pair.client, pair.source, items);
        const start = await pair.store.start(pair.start);
        const options = dying(pair, client(), at, applied);
        // The clock saves a position after each batch.
        let time = 0;
        const clock = { now: () => (time += 500), sleep: async () => {} };
        const run = { ...options, start, clock, pageSize: 4 };
        died = await copy(run).then(
          () => false,
          () => true,
        );
        if (died) await copy({ ...pair, start, pageSize: 4 });
        expect(texts(await itemsOf(pair.client, pair.target))).toEqual(wanted);
        expect(await pair.store.parked()).toHaveLength(2);
        expect((await pair.store.segments(start.run)).map(({ done }) => done)).toEqual([
          true,
          true,
        ]);
      }
      expect(at).toBeGreaterThan(20);
    },
  );

  test.each([false, true])(
    "a repair that dies at any one request is run again (applied: %s)",
    async (applied) => {
      const pair = await begin(client(), items, { transform: partly, segments: 2 });
      const wrong: Item[] = [0, 3, 4, 5, 77].map((n) => ({
        pk: { S: `k${n}` },
        n: { N: "0.5" },
      }));
      let at = 0;
      for (let died = true; died; at++) {
        await clear(pair);
        await fill(pair.client, pair.source, items);
        await fill(pair.client, pair.target, wrong);
        const { differences } = await verify(pair);
        const options = dying(pair, client(), at, applied);
        const repaired = async (given: typeof pair) => {
          const parked = await given.store.parkedKeys(pair.mapping.sourceSchema);
          return repair({ ...given, differences, parked });
        };
        died = await repaired(options).then(
          () => false,
          () => true,
        );
        if (died) await repaired(pair);
        const { differences: left } = await verify(pair);
        expect(left.map(({ kind }) => kind)).toEqual(["failed", "failed"]);
        expect(await pair.store.parked()).toHaveLength(2);
      }
      expect(at).toBeGreaterThan(10);
    },
  );
});
