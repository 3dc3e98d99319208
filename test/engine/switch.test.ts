import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  BatchWriteItemCommand,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  paginateScan,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { FENCE_BUDGET_MS } from "../../src/migration/live";
import { findActive } from "../../src/pointer";
import { createResolver, follow } from "../../src/reader";
import { followFenced } from "../../src/reader/fenced";
import { swap } from "../cli/swap";
import { upKilledAt } from "./killed-up";
import { onMiniStack, Stand, until } from "./on-ministack";

const program = (active: number, second: string, more = "") => `
resources:
  control:
    type: swap:ControlTable
    properties: { name: live_swap, deletionProtection: false }
  data:
    type: swap:VersionedTable
    properties:
      alias: live
      controlTable: \${control}
      table:
        hashKey: pk
        attributes: [{ name: pk, type: S }]
        deletionProtectionEnabled: false
      versions:
        "1": {}
${second}
      activeVersion: ${active}
      readiness: { migration: { lag: 5m } }${more}
`;
const SECOND = `        "2":
          migrateFrom: { version: 1, transform: ./to-v2.mjs, inverse: ./to-v1.mjs, segments: 2, writers: fenced }`;
const TRANSFORM = "export default (item) => ({ ...item });\n";
const INVERSE = "export default (item) => item;\n";
/** Rounds of a rollback and a switch after the first switch; `npm run soak` makes five, and kills in each. */
const ROUNDS = Number(process.env.SWITCH_ROUNDS ?? 1);
const SEEDED = 200;
const WRITERS = 4;
const PAUSE_MS = 20;

const stand = new Stand("a switch under load", program(1, "").replace(/ +readiness.*\n/, ""), {
  language: "yaml",
});
const at = () => ({ client: stand.db, controlTable: "live_swap" });
const keyOf = (pk: string) => ({ pk: { S: pk } });

/** A load of writers and readers, which remembers what was acknowledged. */
class Load {
  /** The values that a key may have: undefined for none. */
  readonly allowed = new Map<string, (number | undefined)[]>();
  readonly counts = { acknowledged: 0, inDoubt: 0, failed: 0, reads: 0, heldWrites: 0 };
  readonly errors = new Set<string>();
  longestHoldMs = 0;
  /** Reads that ended while a fence stood. */
  readsWhileFenced = 0;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>[] = [];

  constructor(
    private readonly name: string,
    fenced: boolean,
  ) {
    const resolver = createResolver({
      alias: "live",
      ...at(),
      onEvent: (event) => {
        if (event.kind !== "write-held") return;
        this.counts.heldWrites++;
        this.longestHoldMs = Math.max(this.longestHoldMs, event.heldMs);
      },
    });
    for (let n = 0; n < SEEDED; n++) this.allowed.set(`k${n}`, [0]);
    const db = (fenced ? followFenced : follow)(stand.db, resolver);
    for (let writer = 0; writer < WRITERS; writer++) this.#running.push(this.#write(writer, db));
    this.#running.push(this.#read(db), this.#watch());
  }

  async end(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running);
  }

  /** One writer changes keys of its own, one after the other. */
  async #write(writer: number, db: typeof stand.db): Promise<void> {
    const { signal } = this.#stop;
    const TableName = "live";
    for (let n = 1; !signal.aborted; n++, await sleep(PAUSE_MS)) {
      let pk = `k${WRITERS * (n % (SEEDED / WRITERS)) + writer}`;
      let value: number | undefined = n;
      const N = String(n);
      let command: PutItemCommand | UpdateItemCommand | DeleteItemCommand;
      if (n % 5 === 0) {
        command = new DeleteItemCommand({ TableName, Key: keyOf(pk) });
        value = undefined;
      } else if (n % 5 === 1) {
        pk = `${this.name}-${writer}-${n}`;
        command = new PutItemCommand({ TableName, Item: { ...keyOf(pk), num: { N } } });
      } else
        command = new UpdateItemCommand({
          TableName,
          Key: keyOf(pk),
          UpdateExpression: "SET num = :n",
          ExpressionAttributeValues: { ":n": { N } },
        });
      try {
        await db.send(command as PutItemCommand);
        this.allowed.set(pk, [value]);
        this.counts.acknowledged++;
      } catch (error) {
        this.errors.add(String((error as Error).message));
        const doubt = (error as { code?: string }).code === "swap.write-in-doubt";
        this.counts[doubt ? "inDoubt" : "failed"]++;
        this.allowed.set(pk, [...(this.allowed.get(pk) ?? [undefined]), value]);
      }
    }
  }

  async #read(db: typeof stand.db): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await db.send(new GetItemCommand({ TableName: "live", Key: keyOf("k0") }));
      this.counts.reads++;
      if (this.#fenced) this.readsWhileFenced++;
      await sleep(PAUSE_MS);
    }
  }

  #fenced = false;
  async #watch(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      this.#fenced = (await findActive(at(), "live"))?.fence !== undefined;
      await sleep(50);
    }
  }
}

/** The numbers of a version's items by key. */
async function items(version: number): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  const pages = paginateScan(
    { client: stand.db },
    { TableName: `live_v${version}`, ConsistentRead: true },
  );
  for await (const { Items = [] } of pages)
    for (const { pk, num } of Items) if (num) found.set(pk?.S ?? "", Number(num.N));
  return found;
}

/** What is wrong in a version: lost, stale and resurrected keys. */
async function wrong({ allowed }: Load, version: number): Promise<string[]> {
  const found = await items(version);
  return [...allowed].flatMap(([pk, values]) => (values.includes(found.get(pk)) ? [] : [pk]));
}

const cli = () => ({
  AWS_ACCESS_KEY_ID: "local",
  AWS_SECRET_ACCESS_KEY: "local",
  AWS_REGION: "eu-west-1",
  ...stand.environment,
  SWAP_CONTROL_TABLE: "live_swap",
});

async function verify(): Promise<number | null> {
  const transform = join(stand.project.folder, "to-v2.mjs");
  return (
    await swap(["verify", "live", "1", "2", "--transform", transform, "--settle", "3s"], cli())
  ).code;
}

async function active(): Promise<number | undefined> {
  return (await findActive(at(), "live"))?.version;
}

async function seed(): Promise<void> {
  for (let first = 0; first < SEEDED; first += 25) {
    const puts = Array.from({ length: 25 }, (_, index) => ({
      PutRequest: { Item: { ...keyOf(`k${first + index}`), num: { N: "0" } } },
    }));
    await stand.db.send(new BatchWriteItemCommand({ RequestItems: { live_v1: puts } }));
  }
}

/** In a longer run, kills a `pulumi up` at one of its steps. */
async function killedSometimes(): Promise<void> {
  const steps = [/has caught up/, /fence set/, /under way/];
  const step = steps[Math.floor(Math.random() * steps.length)] as RegExp;
  if (ROUNDS === 1) return;
  console.info(`killed at ${step}`);
  await upKilledAt(stand.project, step);
}

onMiniStack(
  "a switch under load loses no acknowledged write, also after a flipper has died",
  async () => {
    expect(await stand.project.up()).toMatchObject({ code: 0 });
    await seed();
    writeFileSync(join(stand.project.folder, "to-v2.mjs"), TRANSFORM);
    writeFileSync(join(stand.project.folder, "to-v1.mjs"), INVERSE);
    await stand.up(program(1, SECOND));
    await until(async () => (await stand.executions("live", 2))[0]?.status === "SUCCEEDED");
    const load = new Load("fenced", true);
    await until(async () => (await verify()) === 0);

    stand.project.write(program(2, SECOND));
    await upKilledAt(stand.project, /fence set/);
    expect(await active()).toBe(1);
    expect(await stand.up()).toMatch(/live: 1 -> 2/);
    expect(await active()).toBe(2);
    for (let round = 1; round <= ROUNDS; round++) {
      stand.project.write(program(1, SECOND, "\n      rollbackFrom: 2"));
      await killedSometimes();
      const back = await stand.up();
      expect(back).toMatch(/live: rolled back from 2 to 1/);
      expect(back).not.toContain("abandons");
      expect(await active()).toBe(1);
      await until(async () => (await verify()) === 0);
      stand.project.write(program(2, SECOND, "\n      liftBar: 2"));
      await killedSometimes();
      await stand.up();
      expect(await active()).toBe(2);
    }
    await sleep(1_000);
    await load.end();
    const { counts, longestHoldMs, readsWhileFenced } = load;
    console.info(`fenced: ${JSON.stringify({ ...counts, longestHoldMs, readsWhileFenced })}`);
    expect(await wrong(load, 2)).toEqual([]);
    expect([...load.errors]).toEqual([]);
    expect(counts.heldWrites).toBeGreaterThan(0);
    expect(longestHoldMs).toBeLessThan(FENCE_BUDGET_MS + 5_000);
    expect(readsWhileFenced).toBeGreaterThan(0);
  },
);
