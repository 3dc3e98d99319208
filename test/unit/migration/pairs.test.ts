import fc from "fast-check";
import { bucketOf, Fingerprint } from "../../../src/migration/fingerprint";
import { Pairs } from "../../../src/migration/pairs";

interface Added {
  side: "source" | "target";
  id: string;
  n: string;
  endsPage: boolean;
}

const added: fc.Arbitrary<Added> = fc.record({
  side: fc.constantFrom("source", "target"),
  id: fc.integer({ min: 0, max: 12 }).map((n) => `k${n}`),
  // The first two are one number.
  n: fc.constantFrom("1", "1.0", "2"),
  endsPage: fc.boolean(),
});

/** The fingerprints as they are without pairs. */
function plainly(all: readonly Added[]) {
  const prints = { source: new Fingerprint(), target: new Fingerprint() };
  for (const { side, id, n } of all) prints[side].add(id, { pk: { S: id }, n: { N: n } });
  return prints;
}

function inPairs(all: readonly Added[]) {
  const pairs = new Pairs(1);
  for (const { side, id, n, endsPage } of all) {
    const item = { pk: { S: id }, n: { N: n } };
    if (side === "source") pairs.addSource(id, item);
    else pairs.addTarget(id, item);
    if (!endsPage) continue;
    if (side === "source") pairs.endSourcePage();
    else pairs.endTargetPage();
  }
  return pairs.end();
}

function sameFindings(all: readonly Added[]) {
  const wanted = plainly(all);
  const { source, target } = inPairs(all);
  expect(source.differing(target)).toEqual(wanted.source.differing(wanted.target));
  expect([source.items, target.items]).toEqual([wanted.source.items, wanted.target.items]);
  for (const { id } of all)
    for (const [print, plain] of [
      [source, wanted.source],
      [target, wanted.target],
    ] as const)
      expect(print.countOf(bucketOf(id))).toBe(plain.countOf(bucketOf(id)));
}

test("pairs find what fingerprints of all items find, in whatever order items and pages come", () => {
  fc.assert(fc.property(fc.array(added, { maxLength: 60 }), sameFindings));
});

test("so they do when no item waits any more", () => {
  const items = (side: "source" | "target", from: number, to: number): Added[] =>
    Array.from({ length: to - from }, (_, at) => {
      const id = from + at;
      return {
        side,
        id: `k${id}`,
        n: id % 5_000 === 0 ? `9${side.length}${id}` : "1",
        endsPage: id % 50 === 0,
      };
    });
  // One table is read far ahead of the other, which lacks an item.
  sameFindings([...items("source", 0, 30_000), ...items("target", 1, 30_000)]);
});
