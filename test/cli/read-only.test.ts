import { COMMANDS } from "../../src/cli/command-loaders";
import { CONTROL_TABLE, type Database, goRow, startDatabase } from "./database";
import { live } from "./live";
import { type IamProxy, startProxy } from "./proxy";
import { swap } from "./swap";

const READS = new Set(["GetItem", "Scan", "DescribeTable", "ListTables"]);

let db: Database;
let proxy: IamProxy;
let env: Record<string, string>;

beforeAll(async () => {
  db = await startDatabase();
  await db.put(goRow("orders", 1));
  for (const alias of ["orders", "unmoved"]) await db.createTable(`${alias}_v1`);
  proxy = await startProxy(db.endpoint, READS);
  env = { SWAP_CONTROL_TABLE: CONTROL_TABLE, AWS_ENDPOINT_URL_DYNAMODB: proxy.url };
});
beforeEach(() => proxy.asked.splice(0));
afterAll(async () => {
  await proxy.stop();
  await db.stop();
});

/** Those that write; test/cli/migrate-policies.test.ts and move.test.ts have what they may. */
const MIGRATING = ["cancel", "copy", "pause", "repair", "resume", "throttle", "verify"];
const WRITING = ["cutover", "rollback", "verify", ...MIGRATING.map((name) => `migrate:${name}`)];

const ONLY_READING: [string[], string[]][] = [
  [["get", "orders"], ["GetItem"]],
  [["resolve", "orders"], ["GetItem"]],
  [["history", "orders"], ["GetItem"]],
  [["wait", "orders", "--version", "1"], ["GetItem"]],
  [["list"], ["Scan"]],
  [
    ["versions", "orders"],
    ["DescribeTable", "GetItem", "ListTables"],
  ],
  [
    ["versions", "orders", "--count"],
    ["DescribeTable", "GetItem", "ListTables", "Scan"],
  ],
  [
    ["status", "orders"],
    ["DescribeTable", "GetItem", "ListTables"],
  ],
  [["env", "orders"], ["GetItem"]],
  [
    ["env", "unmoved"],
    ["GetItem", "ListTables"],
  ],
  [["env", "orders", "--offline"], []],
  [["completion", "bash"], []],
  [["complete", "--", "get", "ord"], ["Scan"]],
];

test("each command is known as one that only reads, or as one that writes", () => {
  const known = [
    ...new Set(ONLY_READING.map(([[id]]) => id)),
    "dashboard",
    "doctor",
    "report",
    "watch",
    ...WRITING,
  ];
  expect(Object.keys(COMMANDS).sort()).toEqual(known.sort());
});

test.each(ONLY_READING)(
  "%j works with the four reads alone, and makes no other call",
  async (args, operations) => {
    expect(await swap(args, env)).toMatchObject({ code: 0 });
    expect([...new Set(proxy.asked)].sort()).toEqual(operations);
  },
);

test("an alias that is not found costs a Scan", async () => {
  expect(await swap(["env", "order"], env)).toMatchObject({ code: 3 });
  expect(proxy.asked).toEqual(["GetItem", "ListTables", "Scan"]);
});

test("watch works with only the four read actions", async () => {
  const watch = live(["watch", "orders", "--interval", "100ms"], env);
  await watch.line((line) => line.includes("orders_v1"));
  watch.interrupt();
  expect(await watch.end).toMatchObject({ code: 130 });
  expect([...new Set(proxy.asked)]).toEqual(["GetItem"]);
});

test("doctor goes beyond them only to ask for point-in-time recovery", async () => {
  expect(await swap(["doctor"], env)).toMatchObject({ code: 8 });
  const beyond = proxy.asked.filter((operation) => !READS.has(operation));
  expect(new Set(beyond)).toEqual(new Set(["DescribeContinuousBackups"]));
});

test("a request that is throttled is made again", async () => {
  proxy.throttled = 2;
  expect(await swap(["list"], env)).toMatchObject({ code: 0, stderr: "" });
  expect(proxy.asked).toEqual(["Scan", "Scan", "Scan"]);
});

test("a request that stays throttled exits with 7", async () => {
  proxy.throttled = 99;
  const ran = await swap(["list"], env);
  proxy.throttled = 0;
  expect(ran).toMatchObject({ code: 7, stdout: "" });
  expect(ran.stderr).toContain("to Scan: Rate exceeded");
});

test("a refused ListTables says what to allow", async () => {
  const narrow = await startProxy(db.endpoint, new Set(["GetItem"]));
  try {
    const ran = await swap(["versions", "orders", "--endpoint-url", narrow.url], env);
    expect(ran).toMatchObject({ code: 6, stdout: "" });
    expect(ran.stderr).toMatch(/^ {2}fix: .*dynamodb:ListTables.*"\*"/m);
    const unknown = await swap(["env", "unmoved", "--endpoint-url", narrow.url], env);
    expect(unknown).toMatchObject({ code: 6, stdout: "unset SWAP_ALIAS; false\n" });
    expect(unknown.stderr).toContain("--offline");
  } finally {
    await narrow.stop();
  }
});
