import { getActive, rollback, seedActive, setActive } from "../../../src/pointer";
import { goSet } from "../../support/go-writer";
import { type Bench, START } from "./bench";

export function history({ ref, alias, sent }: Bench): void {
  test("it has every update in order, with its kind and the previous version", async () => {
    const name = alias();
    const at = ref();
    await seedActive(at, name, 2);
    await setActive(at, name, 3, { actor: "ci" });
    await setActive(at, name, 5);
    await rollback(at, name, { from: 5, to: 3, reason: "slow" });
    const row = await getActive(at, name);
    expect(row).toMatchObject({ version: 3, previous: 5, foreign: false });
    expect(row.history).toEqual([
      { version: 2, kind: "seed", at: 0, operation: expect.any(String) },
      { version: 3, kind: "set", at: START + 1_000, operation: expect.any(String), by: "ci" },
      { version: 5, kind: "set", at: START + 2_000, operation: expect.any(String) },
      {
        version: 3,
        kind: "rollback",
        at: START + 3_000,
        operation: row.operation,
        why: "slow",
      },
    ]);
    expect(new Set(row.history.map((entry) => entry.operation)).size).toBe(4);
  });

  test("a foreign advance is recorded by our next set, at the cost of one request", async () => {
    const name = alias();
    const at = ref();
    await setActive(at, name, 1, { actor: "ci", reason: "ours" });
    await goSet(at, name, 2, 42);
    sent.length = 0;
    expect(await setActive(at, name, 3)).toMatchObject({ previous: 2, requests: 2 });
    expect(sent).toEqual(["UpdateItem", "UpdateItem"]);
    const row = await getActive(at, name);
    expect(row).toMatchObject({ version: 3, previous: 2, foreign: false });
    expect(row.history).toMatchObject(
      [
        { version: 1, kind: "set", by: "ci", why: "ours" },
        { version: 3, kind: "set" },
      ].toSpliced(1, 0, { version: 2, kind: "foreign" } as never),
    );
    expect(row.history[1]).toEqual({ version: 2, kind: "foreign", at: 42 });
  });

  test("a foreign first version is recorded too, and two in a row as the last of them", async () => {
    const name = alias();
    const at = ref();
    await goSet(at, name, 2, 41);
    await goSet(at, name, 4, 42);
    await setActive(at, name, 5);
    expect((await getActive(at, name)).history).toMatchObject([
      { version: 4, kind: "foreign", at: 42 },
      { version: 5, kind: "set" },
    ]);
    expect((await setActive(at, name, 6)).requests).toBe(1);
  });

  test("a rollback records a foreign advance as a set does", async () => {
    const name = alias();
    const at = ref();
    await setActive(at, name, 1);
    await goSet(at, name, 2, 42);
    await rollback(at, name, { from: 2, to: 1 });
    expect((await getActive(at, name)).history).toMatchObject([
      { version: 1, kind: "set" },
      { version: 2, kind: "foreign" },
      { version: 1, kind: "rollback" },
    ]);
  });

  test("it is kept near 50 entries, and all but one of 70 sets are one request", async () => {
    const name = alias();
    const at = ref();
    const requests: number[] = [];
    let longest = 0;
    for (let version = 1; version <= 70; version++) {
      requests.push((await setActive(at, name, version)).requests);
      longest = Math.max(longest, (await getActive(at, name)).history.length);
    }
    expect(longest).toBe(60);
    const { history: kept } = await getActive(at, name);
    expect(kept.map((entry) => entry.version)).toEqual(
      Array.from({ length: 59 }, (_, index) => index + 12),
    );
    expect(requests.filter((count) => count !== 1)).toEqual([2]);
    expect(sent.filter((request) => request === "UpdateItem")).toHaveLength(71);
  });

  test("the longest audit texts leave a full history far below the 400 KB of an item", async () => {
    const name = alias();
    const at = ref();
    const audit = { reason: "ü".repeat(256), actor: "世".repeat(256) };
    for (let version = 1; version <= 62; version++) await setActive(at, name, version, audit);
    const row = await getActive(at, name);
    expect(Buffer.byteLength(JSON.stringify(row.history))).toBeLessThan(200_000);
    expect(row.history.at(-1)).toMatchObject({ by: audit.actor, why: audit.reason });
  });
}
