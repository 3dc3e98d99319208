import { randomBytes } from "node:crypto";
import { bucketOf, Fingerprint } from "../../../src/migration/fingerprint";

const item = (n: number) => ({ pk: { S: `k${n}` }, raw: { B: Buffer.from(`value of ${n}`) } });
function printOf(numbers: readonly number[]): Fingerprint {
  const made = new Fingerprint();
  for (const n of numbers) made.add(`k${n}`, item(n));
  return made;
}
const upTo = (count: number) => Array.from({ length: count }, (_, n) => n);

test("parts of two sets, in any order and through bytes, balance where the sets agree", () => {
  const balance = new Fingerprint();
  const add = (numbers: number[], sign: 1 | -1) =>
    balance.merge(Fingerprint.fromBytes(printOf(numbers).toBytes()), sign);
  add(upTo(500), 1);
  add(upTo(300).toReversed(), -1);
  expect(balance.unbalanced()).not.toEqual([]);
  add(
    upTo(500).filter((n) => n >= 300),
    -1,
  );
  expect(balance.unbalanced()).toEqual([]);
  expect([balance.items, balance.countOf(bucketOf("k7"))]).toEqual([1_000, expect.any(Number)]);
  expect(balance.countOf(bucketOf("k7"))).toBeGreaterThanOrEqual(2);
});

test("an item that differs, or is in one set only, unbalances its bucket", () => {
  const balance = printOf(upTo(100));
  const other = printOf(upTo(100).filter((n) => n !== 7 && n !== 8));
  other.add("k8", { ...item(8), raw: { B: Buffer.from("another") } });
  balance.merge(other, -1);
  expect(balance.unbalanced()).toEqual(
    [...new Set([bucketOf("k7"), bucketOf("k8")])].toSorted((a, b) => a - b),
  );
});

test("its bytes fit into an item of DynamoDB, whatever it holds", () => {
  const full = new Fingerprint();
  for (let n = 0; n < 100_000; n++) full.add(randomBytes(8).toString("hex"), { n: { N: `${n}` } });
  expect(full.toBytes().length).toBeLessThan(330_000);
  expect(Fingerprint.fromBytes(full.toBytes()).differing(full)).toEqual([]);
  expect(new Fingerprint().toBytes().length).toBeLessThan(3_000);
});
