import type { Item } from "../../../src/items";
import {
  type ItemDifference,
  type ParkedKeys,
  repair,
  type Transform,
} from "../../../src/migration";
import { TablesInMemory } from "./tables-in-memory";

const schema = [{ name: "pk", type: "S" as const }];
const order = (pk: string, id: string, n: number): Item => ({
  pk: { S: pk },
  id: { S: id },
  n: { N: String(n) },
});
const made = (id: string, n: number): Item => ({ pk: { S: id }, n: { N: String(n) } });
const byId: Transform = ({ id, n }) => id && n && { pk: id, n };
const parked: ParkedKeys = { count: 0, park: async () => {}, unpark: async () => {} };

function pair(source: Item[], target: Item[], transform?: Transform) {
  const tables = new TablesInMemory();
  tables.create("old", schema, source);
  tables.create("new", schema, target);
  const mapping = {
    transform,
    context: { alias: "orders", from: 1, to: 2 },
    sourceSchema: schema,
    targetSchema: schema,
    target: "new",
  };
  const scans = () => tables.requests.filter(({ name }) => name === "Scan").length;
  return {
    tables,
    scans,
    options: {
      ...tables.activate(1),
      client: tables.client,
      source: "old",
      mapping,
      parked,
      concurrency: 1,
    },
  };
}

const different = (sourceKey: string, targetKey: string): ItemDifference => ({
  kind: "different",
  sourceKey: { pk: { S: sourceKey } },
  targetKey: { pk: { S: targetKey } },
});

test("a target item whose source item was deleted stays if another source item maps to it", async () => {
  const { tables, options } = pair([order("y", "t", 2)], [made("t", 1)], byId);
  const deletions: unknown[] = [];
  tables.answer = ({ name, input }) => {
    if (name !== "BatchWriteItem") return;
    for (const { DeleteRequest } of input.RequestItems?.new ?? [])
      if (DeleteRequest) deletions.push(DeleteRequest.Key);
  };
  const done = await repair({ ...options, differences: [different("x", "t")] });
  expect(tables.items("new")).toEqual([made("t", 2)]);
  expect(deletions).toEqual([]);
  expect(done).toEqual({ written: 1, deleted: 0, agreed: 0, left: [] });
});

test("a target item whose source item was deleted goes if a scan finds no other", async () => {
  const { tables, options, scans } = pair([order("y", "u", 2)], [made("t", 1)], byId);
  const done = await repair({ ...options, differences: [different("x", "t")] });
  expect(tables.items("new")).toEqual([]);
  expect(done).toEqual({ written: 0, deleted: 1, agreed: 0, left: [] });
  // One before the deletion, and one after it.
  expect(scans()).toBe(2);
});

test("an item that maps to another key by now is written, and its old key deleted after a scan", async () => {
  const { tables, options, scans } = pair([order("x", "u", 2)], [made("t", 1)], byId);
  const done = await repair({ ...options, differences: [different("x", "t")] });
  expect(tables.items("new")).toEqual([made("u", 2)]);
  expect(done).toEqual({ written: 1, deleted: 1, agreed: 0, left: [] });
  expect(scans()).toBe(2);
});

const extra = (key: string): ItemDifference => ({ kind: "extra", targetKey: { pk: { S: key } } });

test("an extra item that a source item claims after the search is there after the repair", async () => {
  const { tables, options } = pair([], [made("t", 1)], byId);
  tables.answer = ({ name, input }) => {
    if (name !== "BatchWriteItem" || !input.RequestItems?.new?.[0]?.DeleteRequest) return;
    // Replay puts it just before the deletion arrives.
    tables.put("old", order("late", "t", 2));
    tables.put("new", made("t", 2));
  };
  const done = await repair({ ...options, differences: [extra("t")] });
  expect(tables.items("new")).toEqual([made("t", 2)]);
  expect(done).toEqual({ written: 1, deleted: 1, agreed: 0, left: [] });
});

test("extra items whose source items come and go are right once that ends, else left", async () => {
  for (const changes of [3, 1_000]) {
    const { tables, options } = pair([], [made("t", 1)], byId);
    let left = changes;
    tables.answer = ({ name, input }) => {
      const [write] = (name === "BatchWriteItem" && input.RequestItems?.new) || [];
      if (!write || left-- <= 0) return;
      if (write.DeleteRequest) tables.put("old", order("late", "t", 2));
      else tables.delete("old", { pk: { S: "late" } });
    };
    const done = await repair({ ...options, differences: [extra("t")] });
    if (changes === 3) expect(tables.items("new")).toEqual([made("t", 2)]);
    else expect(done.left).toMatchObject([{ reason: expect.stringContaining("changing") }]);
  }
});

test("where items keep their keys, no scan is needed to delete", async () => {
  const { tables, options, scans } = pair([], [made("t", 1)]);
  const done = await repair({ ...options, differences: [different("t", "t")] });
  expect(tables.items("new")).toEqual([]);
  expect(done).toEqual({ written: 0, deleted: 1, agreed: 0, left: [] });
  expect(scans()).toBe(0);
});
