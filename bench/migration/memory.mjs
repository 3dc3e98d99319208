// node --expose-gc memory.mjs copy|verify ITEMS: prints the greatest heap in use after a collection of garbage,
// and the greatest resident memory, in bytes. The client generates the items and forgets what is written.
import { copy, MigrationStore, verify } from "pulumi-swap/migration";
import { itemOf } from "./loops.mjs";

const [work, count] = [process.argv[2], Number(process.argv[3])];
const CONCURRENCY = 8;
/** Items of a page: with both counts, each segment has full pages. */
const PAGE = 1_000;
/** Times that the heap is looked at in a run. */
const SAMPLES = 20;

const rows = new Map();
const rowId = (TableName, { pk, sk }) => `${TableName} ${pk.S} ${sk?.S}`;
const answers = {
  Scan({ Segment, TotalSegments, ExclusiveStartKey }) {
    const share = Math.ceil(count / TotalSegments);
    const end = Math.min(count, (Segment + 1) * share);
    const start = ExclusiveStartKey ? Number(ExclusiveStartKey.pk.S.slice(6)) + 1 : Segment * share;
    const length = Math.max(0, Math.min(PAGE, end - start));
    const Items = Array.from({ length }, (_, index) => itemOf(start + index));
    return { Items, ...(start + length < end && { LastEvaluatedKey: { pk: Items.at(-1).pk } }) };
  },
  GetItem: ({ TableName, Key }) => ({
    Item:
      TableName === "control"
        ? { pk: Key.pk, ver: { N: "1" }, at: { N: "1" } }
        : rows.get(rowId(TableName, Key)),
  }),
  PutItem({ TableName, Item }) {
    rows.set(rowId(TableName, Item), Item);
    return {};
  },
  Query: ({ TableName, ExpressionAttributeValues: { ":pk": pk, ":sk": sk } }) => ({
    Items: [...rows].flatMap(([id, row]) =>
      id.startsWith(`${TableName} ${pk.S} ${sk.S}`) ? [row] : [],
    ),
  }),
  BatchWriteItem: () => ({}),
};
const client = {
  config: { region: async () => "local" },
  middlewareStack: { add() {} },
  // A pause in each answer, as on a network, so that the segments take turns.
  send: async ({ constructor: { name }, input }) => {
    await new Promise(setImmediate);
    return answers[name.replace("Command", "")](input);
  },
};

let heap = 0;
let next = 0;
function sample(read) {
  if (read < next) return;
  next = read + count / SAMPLES;
  globalThis.gc();
  heap = Math.max(heap, process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers);
}

const sourceSchema = [{ name: "pk", type: "S" }];
const mapping = {
  context: { alias: "bench", from: 1, to: 2 },
  sourceSchema,
  targetSchema: sourceSchema,
  target: "bench_v2",
};
const options = { client, source: "bench_v1", mapping, concurrency: CONCURRENCY };
if (work === "copy") {
  const store = new MigrationStore({ client }, "bench", 2);
  const start = await store.start({
    from: 1,
    transform: "none",
    segments: CONCURRENCY,
    startedAt: 1,
    tables: { source: "1", target: "2" },
  });
  const control = { client, controlTable: "control" };
  const done = await copy({
    ...options,
    control,
    store,
    start,
    onProgress: ({ read }) => sample(read),
  });
  if (done.written !== count) throw new Error(`${done.written} items were written, not ${count}`);
} else {
  const found = await verify({ ...options, onProgress: ({ read }) => sample(read) });
  if (found.targetItems !== count || found.differences.length > 0) throw new Error("they differ");
}
console.log(JSON.stringify({ heap, resident: process.resourceUsage().maxRSS * 1024 }));
