import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import {
  type ControlTableRef,
  getActive,
  isBarred,
  isRetired,
  liftBar,
  permitDeletion,
  reopenVersions,
  rollback,
  seedActive,
  setActive,
} from "../../../src/pointer";
import { goSet } from "../../support/go-writer";
import { itemBytes } from "../../support/item-bytes";
import { refused } from "../../support/refused";
import { type Bench, getRaw, putRaw, START } from "./bench";

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

  test("a foreign advance is recorded by our next set, at the cost of one write more", async () => {
    const name = alias();
    const at = ref();
    await setActive(at, name, 1, { actor: "ci", reason: "ours" });
    await goSet(at, name, 2, 42);
    sent.length = 0;
    expect(await setActive(at, name, 3)).toMatchObject({ previous: 2 });
    expect(writes(sent)).toBe(2);
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

  test("it keeps what fits in one read unit, and most sets are one request", async () => {
    const name = alias();
    const at = ref();
    sent.length = 0;
    const lengths: number[] = [];
    for (let version = 1; version <= 90; version++) {
      const audit = { actor: "ci", reason: `release ${version}` };
      await setActive(at, name, version, audit);
      const { history } = await getActive(at, name);
      expect(history.at(-1)).toMatchObject({ version, by: "ci", why: `release ${version}` });
      lengths.push(history.length);
      expect(await size(at, name)).toBeLessThanOrEqual(4096);
    }
    expect(Math.min(...lengths.slice(20))).toBeGreaterThanOrEqual(18);
    expect(writes(sent)).toBeLessThanOrEqual(95);
    const { history } = await getActive(at, name);
    expect(history.map((entry) => entry.version)).toEqual(
      Array.from(history, (_, index) => 90 - history.length + 1 + index),
    );
  });

  test("the longest audit texts shorten the notes of older moves, and ten moves stay", async () => {
    const name = alias();
    const at = ref();
    const audit = { reason: "ü".repeat(256), actor: "世".repeat(256) };
    for (let version = 1; version <= 25; version++) {
      await setActive(at, name, version, audit);
      expect(await size(at, name)).toBeLessThanOrEqual(4096);
      const row = await getActive(at, name);
      expect(row).toMatchObject({ version, by: audit.actor, why: audit.reason });
      expect(row.history.length).toBeGreaterThanOrEqual(Math.min(version, 10));
    }
    const { history } = await getActive(at, name);
    expect(history.slice(-10).map((entry) => entry.version)).toEqual(
      Array.from({ length: 10 }, (_, index) => 16 + index),
    );
  });

  test("a row of an earlier release is brought down by the next move", async () => {
    const name = alias();
    const at = ref();
    const notes = { by: { S: "x".repeat(256) }, why: { S: "y".repeat(256) } };
    const entry = (version: number): AttributeValue => ({
      M: {
        ver: { N: String(version) },
        at: { N: String(version) },
        kind: { S: "set" },
        op: { S: `operation-${version}-of-an-earlier-release` },
        ...notes,
      },
    });
    await putRaw(at, name, {
      ver: { N: "800" },
      at: { N: "800" },
      op: { S: "operation-800-of-an-earlier-release" },
      prev: { N: "799" },
      ...notes,
      hist: { L: Array.from({ length: 60 }, (_, index) => entry(741 + index)) },
      barred: { NS: Array.from({ length: 300 }, (_, index) => String(2 * index + 1)) },
      retired: { NS: Array.from({ length: 300 }, (_, index) => String(2 * index + 2)) },
    });
    expect(await size(at, name)).toBeGreaterThan(30_000);
    sent.length = 0;
    await setActive(at, name, 801);
    expect(writes(sent)).toBe(2);
    expect(await size(at, name)).toBeLessThanOrEqual(4096);
    const row = await getActive(at, name);
    expect(row.history.slice(-10).map(({ version }) => version)).toEqual(
      Array.from({ length: 10 }, (_, index) => 792 + index),
    );
    for (let version = 1; version <= 600; version += 2) {
      expect(isBarred(row, version)).toBe(true);
      expect(isRetired(row, version + 1)).toBe(true);
    }
    for (const version of [700, 741, 800]) {
      expect(isBarred(row, version)).toBe(false);
      expect(isRetired(row, version)).toBe(false);
    }
    await refused(rollback(at, name, { from: 801, to: 7 }), "swap.version-barred");
    await refused(rollback(at, name, { from: 801, to: 8 }), "swap.version-barred");
    await reopenVersions(at, name, [8]);
    await liftBar(at, name, 8);
    expect(await rollback(at, name, { from: 801, to: 8 })).toMatchObject({ version: 8 });
    expect((await setActive(at, name, 802)).requests).toBe(1);
    expect(await size(at, name)).toBeLessThanOrEqual(4096);
  });

  test("a hundred rollbacks and records of deletion leave a row of one read unit", async () => {
    const name = alias();
    const at = ref();
    const big = 9_007_199_254_000_000;
    await setActive(at, name, big);
    for (let step = 1; step <= 100; step++) {
      await setActive(at, name, big + 2 * step, { reason: "r".repeat(100) });
      await rollback(at, name, { from: big + 2 * step, to: big });
      await permitDeletion(at, name, step, () => {});
      expect(await size(at, name)).toBeLessThanOrEqual(4096);
    }
    const row = await getActive(at, name);
    for (let step = 1; step <= 100; step++) {
      expect(isBarred(row, big + 2 * step)).toBe(true);
      expect(isRetired(row, step)).toBe(true);
      await refused(setActive(at, name, big + 2 * step), "swap.version-barred");
    }
    expect(isBarred(row, big)).toBe(false);
    await refused(rollback(at, name, { from: big, to: 50 }), "swap.version-barred");
    await setActive(at, name, big + 2, { liftBar: true });
    await rollback(at, name, { from: big + 2, to: big });
    expect(await size(at, name)).toBeLessThanOrEqual(4096);
  });
}

const writes = (sent: readonly string[]) => sent.filter((each) => each === "UpdateItem").length;

const size = async (ref: ControlTableRef, name: string): Promise<number> =>
  itemBytes(await getRaw(ref, name));
