import { randomUUID } from "node:crypto";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { MigrationStore } from "../../../src/migration";
import { interfere } from "../readiness/interfere";
import { onEachStore } from "../readiness/stores";

const asked = {
  from: 1,
  transform: "none",
  segments: 2,
  startedAt: 1,
  tables: { source: "1", target: "2" },
};
const done = { segment: 0, done: true, read: 1, written: 1, leftOut: 0, parked: 0 };

async function newStore(client: DynamoDBClient): Promise<MigrationStore> {
  const store = new MigrationStore({ client }, `record-${randomUUID()}`, 2);
  await store.createTable();
  return store;
}

onEachStore(({ client }) => {
  test("a run that is started once more goes on with its positions", async () => {
    const store = await newStore(client());
    const first = await store.start(asked);
    await store.saveSegment(first.run, done);
    const { run, tables } = await store.start({ ...asked, startedAt: 2 });
    expect({ run, tables }).toEqual({ run: first.run, tables: asked.tables });
    expect(await store.segments(run)).toEqual([{ ...done, cursor: undefined }]);
  });

  test("positions that a copy saves after a restart do not count for the new run", async () => {
    const store = await newStore(client());
    const first = await store.start(asked);
    await store.reset();
    const second = await store.start(asked);
    await store.saveSegment(first.run, done);
    expect(await store.segments(second.run)).toEqual([]);
  });

  test.each([0, 1])(
    "positions left by a reset that fails after %i writes don't count",
    async (writes) => {
      const db = client();
      const store = await newStore(db);
      const first = await store.start(asked);
      await store.saveSegment(first.run, done);
      let left = writes;
      let failing = true;
      interfere(db, async ({ action, go }) => {
        if (failing && action === "BatchWriteItem" && left-- === 0) throw new Error("killed");
        return go();
      });
      await expect(store.reset()).rejects.toThrow();
      failing = false;
      const again = await store.start(asked);
      const kept = await store.segments(again.run);
      expect([again.run === first.run, kept.length]).toEqual(writes === 0 ? [true, 1] : [false, 0]);
    },
  );
});
