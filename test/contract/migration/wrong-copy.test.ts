import { type AttributeValue, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { type Item, type KeySchema, keyText } from "../../../src/items";
import { repair, type Transform, verify } from "../../../src/migration";
import { onEveryBackend } from "../../support/backends";
import { fill, seeded } from "../readiness/stores";
import { CUSTOMER, itemsOf, newPair, texts } from "./tables";

/** `npm run soak` sets 100,000. */
const ITEMS = Number(process.env.WRONG_COPY_ITEMS ?? 400);
/** Of a thousand items, those that are spoilt. With few items each kind comes often. */
const SPOILT = ITEMS < 10_000 ? 700 : 20;

const bytes = (...values: number[]) => new Uint8Array(values);
const big = `0.${"1234567890".repeat(3)}12345678`;

/** Attributes of a source item that the copies below spoil or spell differently. */
const original = (index: number): Item => ({
  pk: { S: `k${index}` },
  owner: { S: `c${index % 7}` },
  total: { N: `${index}.5` },
  precise: { N: big },
  tags: { SS: ["a", "b", "é"] },
  sizes: { NS: ["1", "20", "0.5"] },
  parts: { BS: [bytes(0), bytes(1, 255)] },
  image: { B: bytes(0, 128, 255) },
  none: { NULL: true },
  blank: { S: "" },
  empty: { L: [] },
  nothing: { M: {} },
  nested: {
    M: { list: { L: [{ N: "1" }, { M: { deep: { SS: ["x", "y"] } } }] }, b: { BOOL: true } },
  },
});

const nested = (deep: string[], number = "1"): AttributeValue => ({
  M: { b: { BOOL: true }, list: { L: [{ N: number }, { M: { deep: { SS: deep } } }] } },
});

/** Copies that are equal to the original. */
const equal: Record<string, Item> = {
  "number with zeros": { total: { N: "7.500" }, precise: { N: `${big}e0` } },
  "number with an exponent": { total: { N: "75e-1" } },
  "sets in another order": {
    tags: { SS: ["é", "b", "a"] },
    sizes: { NS: ["0.50", "1.0", "2e1"] },
    parts: { BS: [bytes(1, 255), bytes(0)] },
  },
  "map in another order": { nested: nested(["y", "x"], "1.0") },
};
/** Copies with another value; an undefined attribute is left out. */
const other: Record<string, Record<string, AttributeValue | undefined>> = {
  stale: { total: { N: "6.5" } },
  "last digit of 38": { precise: { N: big.replace(/8$/, "9") } },
  "number as text": { total: { S: "7.5" } },
  "member less": { tags: { SS: ["a", "b"] } },
  "number set as text set": { sizes: { SS: ["1", "20", "0.5"] } },
  "byte of a set": { parts: { BS: [bytes(0), bytes(1, 254)] } },
  byte: { image: { B: bytes(0, 129, 255) } },
  "binary as base64": { image: { S: "AID/" } },
  "null for false": { none: { BOOL: false } },
  "empty text left out": { blank: undefined },
  "empty text for null": { blank: { NULL: true } },
  "empty map for an empty list": { empty: { M: {} } },
  "empty list left out": { empty: undefined },
  "member of an empty map": { nothing: { M: { a: { S: "" } } } },
  "set emptied": { tags: undefined },
  "deep member": { nested: nested(["x", "z"]) },
  "attribute more": { more: { NULL: true } },
};

type Kind = "missing" | "different" | "extra";

const without = (item: Record<string, AttributeValue | undefined>): Item =>
  Object.fromEntries(
    Object.entries(item).flatMap(([name, value]) => (value ? [[name, value]] : [])),
  );

/** The copy of an item, and how it differs. */
function spoilt(item: Item, random: () => number): { copies: Item[]; kind?: Kind; what: string } {
  const pick = <T>(of: Record<string, T>) => {
    const entries = Object.entries(of);
    return entries[Math.floor(random() * entries.length)] as [string, T];
  };
  // The number that the spellings above are of.
  const seven = { ...item, total: { N: "7.5" } };
  const choice = random();
  if (choice < 0.15) return { copies: [], kind: "missing", what: "missing" };
  if (choice < 0.5) {
    const [what, attributes] = pick(equal);
    return { copies: [{ ...seven, ...attributes }], what };
  }
  const [what, attributes] = pick(other);
  return { copies: [without({ ...seven, ...attributes })], kind: "different", what };
}

const reshape: Transform = ({ pk, owner, ...item }) => ({
  ...item,
  customer: owner as AttributeValue,
  order: { N: String(pk?.S).slice(1) },
});
const same: Transform = (item) => item;

async function write(client: DynamoDBClient, table: string, items: readonly Item[]): Promise<void> {
  const quarter = Math.ceil(items.length / 4);
  const parts = [0, 1, 2, 3].map((part) => items.slice(part * quarter, (part + 1) * quarter));
  await Promise.all(parts.map((part) => fill(client, table, part)));
}

const cases: [string, Transform | undefined, KeySchema][] = [
  ["unchanged", undefined, [{ name: "pk", type: "S" }]],
  ["with other keys", reshape, CUSTOMER],
];

onEveryBackend((_backend, endpoint) => {
  let db: DynamoDBClient;
  afterEach(() => db.destroy());

  test.each(cases)(
    "each difference of a seeded wrong copy is found, and no other, and repaired: %s",
    async (what, transform = same, targetSchema) => {
      // With the client's own tries: in a long run, a server closes a connection now and then.
      db = new DynamoDBClient({
        endpoint: endpoint(),
        region: "us-east-1",
        credentials: { accessKeyId: "local", secretAccessKey: "local" },
      });
      const pair = await newPair(db, {
        targetSchema,
        ...(transform !== same && { transform }),
      });
      const random = seeded(20_261_128);
      const sources: Item[] = [];
      const targets: Item[] = [];
      const expected: string[] = [];
      const counts = new Map<string, number>();
      const keyed = (kind: Kind, item: Item) => `${kind} ${keyText(item, targetSchema)}`;
      const { context } = pair.mapping;
      for (let index = 0; index < ITEMS; index++) {
        const source = original(index);
        if (random() * 1000 >= SPOILT) {
          sources.push(source);
          targets.push((await transform(source, context)) as Item);
          continue;
        }
        const item = { ...source, total: { N: "7.5" } };
        sources.push(item);
        const { copies, kind, what } = spoilt(item, random);
        counts.set(what, (counts.get(what) ?? 0) + 1);
        for (const copy of copies) targets.push((await transform(copy, context)) as Item);
        if (kind) expected.push(keyed(kind, (await transform(item, context)) as Item));
        if (random() < 0.2) {
          counts.set("extra", (counts.get("extra") ?? 0) + 1);
          const extra = (await transform(original(ITEMS + index), context)) as Item;
          targets.push(extra);
          expected.push(keyed("extra", extra));
        }
      }
      await write(db, pair.source, sources);
      await write(db, pair.target, targets);

      const options = { ...pair, concurrency: 4 };
      const { differences, complete, ...read } = await verify(options);
      const found = differences.map(({ kind, targetKey }) =>
        keyed(kind as Kind, targetKey as Item),
      );
      expect(found.sort()).toEqual(expected.sort());
      expect({ complete, ...read }).toMatchObject({
        complete: true,
        sourceItems: ITEMS,
        targetItems: targets.length,
      });
      const spellings = [...Object.keys(equal), ...Object.keys(other), "missing", "extra"];
      expect([...counts.keys()].sort()).toEqual(spellings.sort());

      const parked = await pair.store.parkedKeys(pair.mapping.sourceSchema);
      const repaired = await repair({ ...options, differences, parked });
      expect(repaired.left).toEqual([]);
      expect(repaired.written + repaired.deleted).toBe(expected.length);
      const again = await verify(options);
      expect(again).toMatchObject({ differences: [], complete: true, targetItems: ITEMS });
      if (ITEMS > 10_000) {
        const by = (["missing", "different", "extra"] as const)
          .map((kind) => `${found.filter((each) => each.startsWith(kind)).length} ${kind}`)
          .join(", ");
        console.log(`${ITEMS} items ${what}: ${by} found and repaired, ${counts.size} ways`);
      } else {
        const made = await Promise.all(sources.map((item) => transform(item, context)));
        expect(texts(await itemsOf(db, pair.target))).toEqual(texts(made as Item[]));
      }
    },
  );
});
