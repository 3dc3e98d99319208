import { isSwapError } from "../../../src/errors";
import {
  getActive,
  type PointerUpdate,
  rollback,
  seedActive,
  setActive,
} from "../../../src/pointer";
import { goSet } from "../../support/go-writer";
import type { Bench } from "./bench";

/** Runs all at once and returns who won and what the others got. */
async function race(movers: (() => Promise<PointerUpdate | undefined>)[]) {
  const ends = await Promise.allSettled(movers.map((mover) => mover()));
  const won = ends.flatMap((end) => (end.status === "fulfilled" && end.value ? [end.value] : []));
  const codes = ends.flatMap((end) => {
    if (end.status === "fulfilled") return [];
    if (!isSwapError(end.reason)) throw end.reason;
    return [end.reason.code];
  });
  return { won, codes };
}

const twenty = Array.from({ length: 20 }, (_, index) => index + 1);

export function races({ ref, alias }: Bench): void {
  test("of 20 sets of one version exactly one is applied", async () => {
    const name = alias();
    const { won, codes } = await race(twenty.map(() => () => setActive(ref(), name, 4)));
    expect(won).toHaveLength(1);
    expect(codes).toEqual(Array(19).fill("swap.version-regressed"));
    const row = await getActive(ref(), name);
    expect(row.operation).toBe(won[0]?.operation);
    expect(row.history).toHaveLength(1);
  });

  test("of 20 sets of different versions those applied are the history, ever greater", async () => {
    const name = alias();
    // Neither ascending nor descending, so that some must lose and some must not.
    const shuffled = twenty.map((number) => ((number * 7) % 20) + 1);
    const at = ref();
    const { won, codes } = await race(
      shuffled.map((version) => () => setActive(at, name, version)),
    );
    expect(new Set(codes)).toEqual(new Set(codes.length ? ["swap.version-regressed"] : []));
    expect(won.length + codes.length).toBe(20);
    const row = await getActive(at, name);
    const versions = row.history.map((entry) => entry.version);
    expect(versions).toEqual([...versions].sort((a, b) => a - b));
    expect(new Set(versions).size).toBe(versions.length);
    expect(versions).toEqual(won.map((update) => update.version).sort((a, b) => a - b));
    expect(row.version).toBe(20);
    const previousOf = new Map(won.map((update) => [update.version, update.previous]));
    expect(versions.map((version) => previousOf.get(version))).toEqual([
      undefined,
      ...versions.slice(0, -1),
    ]);
  });

  test("of 20 sets that expect the same version exactly one is applied", async () => {
    const name = alias();
    const at = ref();
    await setActive(at, name, 1);
    const { won, codes } = await race(
      twenty.map((number) => () => setActive(at, name, number + 1, { expect: 1 })),
    );
    expect(won).toHaveLength(1);
    expect(codes).toHaveLength(19);
    for (const code of codes)
      expect(["swap.version-regressed", "swap.expectation-failed"]).toContain(code);
    expect((await getActive(at, name)).history).toHaveLength(2);
  });

  test("of 20 seeds exactly one is applied, the others find a row", async () => {
    const name = alias();
    const { won, codes } = await race(
      twenty.map((number) => () => seedActive(ref(), name, number)),
    );
    expect(won).toHaveLength(1);
    expect(codes).toEqual([]);
    expect((await getActive(ref(), name)).version).toBe(won[0]?.version);
  });

  test("a rollback and sets at once: the pointer never passes the bar", async () => {
    const name = alias();
    const at = ref();
    await setActive(at, name, 4);
    await setActive(at, name, 5);
    const { won } = await race([
      () => rollback(at, name, { from: 5, to: 4 }),
      ...Array.from({ length: 9 }, () => () => setActive(at, name, 5)),
    ]);
    expect(won.map((update) => update.version)).toEqual([4]);
    expect(await getActive(at, name)).toMatchObject({ version: 4, barred: [5] });
  });

  test("Go writers between ours: every applied update of ours is in the history", async () => {
    const name = alias();
    const at = ref();
    const foreign: number[] = [];
    const { won } = await race(
      twenty.map((number) => async () => {
        if (number % 2) return setActive(at, name, number);
        await goSet(at, name, number, number).then(
          () => foreign.push(number),
          () => {},
        );
        return undefined;
      }),
    );
    const row = await getActive(at, name);
    expect(row.version).toBe(Math.max(...foreign, ...won.map((update) => update.version)));
    const ours = row.history.filter((entry) => entry.kind === "set");
    expect(ours.map((entry) => entry.operation).sort()).toEqual(
      won.map((update) => update.operation).sort(),
    );
    for (const entry of row.history) {
      if (entry.kind === "foreign") expect(foreign).toContain(entry.version);
    }
    const versions = row.history.map((entry) => entry.version);
    expect(versions).toEqual([...versions].sort((a, b) => a - b));
  });
}
