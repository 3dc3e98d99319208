import type { SwapError } from "../../../src/errors";
import { assertTransformWorks, type Item, type Transform } from "../../../src/migration";
import { refused } from "../../support/refused";
import { oldToNew, TablesInMemory } from "./tables-in-memory";

const schema = [{ name: "pk", type: "S" as const }];
const items = (count: number): Item[] =>
  Array.from({ length: count }, (_, index) => ({ pk: { S: `k${100 + index}` } }));

function trial(count: number, transform: Transform | undefined, mayFail?: boolean) {
  const tables = new TablesInMemory();
  tables.pageSize = 100;
  tables.create("old", schema, items(count));
  const pauses: number[] = [];
  const clock = { now: () => 0, sleep: async (ms: number) => void pauses.push(ms) };
  const run = assertTransformWorks({
    client: tables.client,
    source: "old",
    mapping: oldToNew(schema, transform),
    named: { name: "flag --transform", value: '"./to-v2.mjs"' },
    clock,
    mayFail,
  });
  return { run, tables, pauses };
}

const plain = (() => ({ pk: "a" })) as unknown as Transform;
const refusal = async (run: Promise<void>): Promise<SwapError<"swap.input-invalid">> =>
  refused(run, "swap.input-invalid");

test.each([
  [3, "3 items"],
  [1, "1 item"],
  // A page of 25 does not say that it is the last one.
  [25, "25 items"],
])("a transform that fails for each of %d items is refused with its name", async (count, text) => {
  const { run } = trial(count, plain);
  expect((await refusal(run)).payload).toMatchObject({
    name: "flag --transform",
    value: '"./to-v2.mjs"',
    rule: expect.stringContaining(
      `it fails for each of ${text} that were tried of "old": the transform returned attribute "pk" in another form: text, want { S: "text" }`,
    ),
  });
});

test("of a larger source, items elsewhere are tried before it is refused", async () => {
  const { run, tables } = trial(60, plain);
  await refusal(run);
  const scans = tables.requests.map(({ input }) => input.TotalSegments);
  expect(scans).toEqual([1, ...Array(25).fill(25)]);
});

test("one that fails for all items at the begin, and not elsewhere, is accepted", async () => {
  const late: Transform = (item) => {
    if (Number(item.pk?.S?.slice(1)) < 150) throw new Error("too early");
    return item;
  };
  await trial(60, late).run;
});

test("one that fails for some items is accepted: they are parked", async () => {
  await trial(3, (item) => {
    if (item.pk?.S === "k100") throw new Error("bad");
    return item;
  }).run;
});

test("one that may fail for all is accepted, such as for a verification", async () => {
  await trial(3, plain, true).run;
});

test("an empty source and a copy without a transform are accepted", async () => {
  await trial(0, plain).run;
  const { run, tables } = trial(3, undefined);
  await run;
  expect(tables.requests).toEqual([]);
});

test.each<[string, (calls: number) => Item | undefined, string]>([
  ["another value", (calls) => ({ pk: { S: "a" }, at: { N: String(calls) } }), '"at" differs'],
  ["another attribute", (calls) => ({ pk: { S: "a" }, [`x${calls}`]: { S: "b" } }), '"x1" differs'],
  ["no item", (calls) => (calls > 2 ? undefined : { pk: { S: "a" } }), '"an item" and then "left'],
])(
  "one that gives %s at its second call is refused, also if it may fail",
  async (_what, make, text) => {
    let calls = 0;
    const { run, pauses } = trial(2, () => make(++calls), true);
    expect((await refusal(run)).payload.rule).toContain(text);
    // The clock has gone on between both.
    expect(pauses).toEqual([5]);
  },
);

test("one that changes its argument, or writes a number in another way, is pure", async () => {
  let calls = 0;
  await trial(3, (item) => {
    item.n = { N: ++calls % 2 ? "1.0" : "1" };
    delete item.other;
    return item;
  }).run;
});
