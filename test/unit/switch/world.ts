import { DeleteItemCommand, DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import type { ChangeStream, StreamChange } from "../../../src/aws/change-stream";
import { type Item, type KeySchema, keyIdentity, keyOf } from "../../../src/items";
import { openDrain, type Replayed } from "../../../src/migration/drain";
import type { StreamRecord } from "../../../src/migration/lambda/events";
import type { Migration } from "../../../src/migration/lambda/open";
import { replayRecords } from "../../../src/migration/lambda/replay-handlers";
import { awaitOtherFence, FENCE_BUDGET_MS } from "../../../src/migration/live/live-switch";
import { migrationTable } from "../../../src/migration/migration-rows";
import { moveId } from "../../../src/migration/replication";
import { MigrationStore } from "../../../src/migration/store";
import { switchPointer } from "../../../src/migration/switch";
import { type Mapping, mapItem, type Transform } from "../../../src/migration/transform";
import {
  findActive,
  placeFence,
  type RawRow,
  removeFence,
  rollback,
  setActive,
  type WritableControlTableRef,
} from "../../../src/pointer";
import { standingFence } from "../../../src/pointer/fence";
import { follow } from "../../../src/reader";
import { followFenced } from "../../../src/reader/client/follow-fenced";
import { resolverFactory } from "../../../src/reader/create-resolver";
import { Row } from "../reader/rows";
import { writtenRow } from "./control-row";
import { MigrationRowsInMemory } from "./migration-rows";
import { LATE_MS, Process, VirtualTime } from "./virtual-time";

interface Input {
  TableName?: string;
  Key?: Item;
  Item?: Item;
  RequestItems?: Record<string, { Keys: Item[] }>;
  ExpressionAttributeValues?: Item;
}

/** What a run is broken by, to see that the checks find it. */
export interface Faults {
  /** Clients whose clocks stand still: they take any pointer for confirmed, and any answer for prompt. */
  clientClock?: boolean;
  /** The switch does not wait for the write bound. */
  wait?: boolean;
  /** The switch does not drain once the fence stands. */
  drain?: boolean;
  /** The flip does not look at the fence. */
  flip?: boolean;
  /** Clients of `follow`. */
  unfenced?: boolean;
  /** Clients read replicas that lag. */
  eventual?: boolean;
  /** The stream shows records later than the drain waits for. */
  lateStream?: boolean;
  /** The replay's record says that it has applied everything. */
  replayRecord?: boolean;
}

/** The longest delay of a record in a stream: less than the quiet that a drain waits for. */
const STREAM_LAG_MS = 1_500;
/** How many requests of a flip arrive again, and within how many milliseconds. */
const FLIPS_AGAIN = [0.3, 60_000] as const;
/** Applied records that the replay's record keeps. */
const KEPT_THROUGH = 20;
/** Unix milliseconds at which a run begins: a whole second, to which the times of changes are rounded. */
const START = Math.floor(Date.now() / 1_000) * 1_000;

const ALIAS = "orders";
const SCHEMAS: Record<Version, KeySchema> = {
  1: [{ name: "pk", type: "S" }],
  2: [{ name: "id", type: "S" }],
};
/** Another key, and another name of an attribute. */
const toV2: Transform = ({ pk, num, ...rest }) => ({
  ...rest,
  id: { S: `shop#${pk?.S}` },
  count: num as never,
});
const toV1: Transform = ({ id, count, ...rest }) => ({
  ...rest,
  pk: { S: id?.S?.slice(5) as string },
  num: count as never,
});

type Version = 1 | 2;
const tableOf = (version: number) => `${ALIAS}_v${version}`;
const other = (version: Version): Version => (version === 1 ? 2 : 1);
const mappingFrom = (version: Version): Mapping => ({
  transform: version === 1 ? toV2 : toV1,
  context: { alias: ALIAS, from: version, to: other(version) },
  sourceSchema: SCHEMAS[version],
  targetSchema: SCHEMAS[other(version)],
  target: tableOf(other(version)),
});

const MIGRATION_TABLE = migrationTable(ALIAS);
const TABLE_IDS = { source: "1", target: "2" };

interface BatchWrite {
  PutRequest?: { Item: Item };
  DeleteRequest?: { Key: Item };
}

/** A client whose requests are answered here. */
function clientOf(send: (action: string, input: Input) => Promise<object>): DynamoDBClient {
  const client = new DynamoDBClient({
    region: "eu-west-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  client.middlewareStack.add(
    (_next, { commandName = "" }) =>
      async ({ input }) => {
        const output = await send(commandName.replace(/Command$/, ""), input as Input);
        return { output: output as never, response: {} };
      },
    { step: "initialize", priority: "low" },
  );
  return client;
}

/** What the function opens. */
const migrationOf = (client: DynamoDBClient): Migration => ({
  alias: ALIAS,
  from: 1,
  to: 2,
  controlTable: "control",
  control: { client, controlTable: "control" },
  source: tableOf(1),
  target: tableOf(2),
  transformFile: undefined,
  transformHash: "none",
  inverseFile: undefined,
  inverseHash: "inverse",
  lossy: false,
  concurrency: undefined,
  client,
  mapping: mappingFrom(1),
  inverse: mappingFrom(2),
  tables: TABLE_IDS,
  store: new MigrationStore({ client }, ALIAS, 2),
});

const recordOf = (
  { sequence, keys, madeAt, oldImage, newImage }: StreamChange,
  table: string,
): StreamRecord => ({
  eventSourceARN: `arn:aws:dynamodb:eu-west-1:000000000000:table/${table}/stream/1`,
  dynamodb: {
    SequenceNumber: sequence,
    ApproximateCreationDateTime: madeAt / 1_000,
    Keys: keys as never,
    ...(oldImage && { OldImage: oldImage as never }),
    ...(newImage && { NewImage: newImage as never }),
  },
});

/** What a run counts. */
export const NO_COUNTS = {
  acknowledged: 0,
  doubtful: 0,
  switches: 0,
  removedByClients: 0,
  /** Switches that died, and moments in which a process stood still. */
  kills: 0,
  freezes: 0,
  splits: 0,
};

type Counts = typeof NO_COUNTS;

/** What a run saw. */
export interface Outcome extends Counts {
  /** Longest that a client waited for one fence with all its writes, without its reads. */
  longestHoldMs: number;
  /** Keys whose live value is none that may be there. */
  lost: string[];
}

interface Shard {
  id: string;
  parent?: string;
  closed: boolean;
  records: { change: StreamChange; shownAt: number }[];
  /** Records that the replay has applied. */
  applied: number;
  /** Wakes the replay. */
  wake: () => void;
}

const newShard = (id: string, parent?: string): Shard => ({
  id,
  ...(parent && { parent }),
  closed: false,
  records: [],
  applied: 0,
  wake: () => {},
});

/** A table, its stream, and what the replay of the stream has recorded. */
class Table {
  readonly items = new Map<string, Item>();
  readonly shards = [newShard("s0"), newShard("s1")];
  readonly through: string[] = [];
  readonly lags: { at: number; ms: number }[] = [];
  running = 0;
  newestAt: number | undefined;
  appliedAt: number | undefined;

  constructor(readonly version: Version) {}
}

/** A run of writers and switches on a virtual clock, all of whose delays follow from the seed. */
export class World {
  readonly #time: VirtualTime;
  readonly #faults: Faults;
  #operations = 0;
  /** The row as it is now. */
  #row: RawRow = { pk: { S: ALIAS }, ...new Row().set(1).raw };
  /** All rows since the beginning, for replicas that lag. */
  readonly #rows: { at: number; row: RawRow }[] = [{ at: 0, row: this.#row }];
  readonly #tables = { 1: new Table(1), 2: new Table(2) };
  readonly #outcome: Outcome = { ...NO_COUNTS, longestHoldMs: 0, lost: [] };
  /** The values that a key may have at the end: the last acknowledged one, and one in doubt after it. */
  readonly #allowed = new Map<string, Set<string | undefined>>();
  #running = 0;

  /** The migration's table, and its run, where the replay is the function's own code and no model of it. */
  #migration: { rows: MigrationRowsInMemory; run: string } | undefined;

  constructor(
    seed: number,
    faults: Faults,
    readonly budgetMs = FENCE_BUDGET_MS,
  ) {
    this.#time = new VirtualTime(seed);
    this.#faults = faults;
  }

  /** Has the replay be `replayRecords`, with its records in memory: several times slower. */
  async withFunctions(): Promise<this> {
    const rows = new MigrationRowsInMemory();
    const client = clientOf(async (action, input) =>
      input.TableName === "control" ? { Item: this.#row } : rows.answer(action, input),
    );
    const store = new MigrationStore({ client }, ALIAS, 2);
    const row = await findActive({ client, controlTable: "control" }, ALIAS);
    const { run } = await store.start({
      from: 1,
      transform: "none",
      tables: TABLE_IDS,
      segments: 1,
      startedAt: START,
      engine: "lambda",
      ...(row && { moveId: moveId(row) }),
    });
    await store.endCopy(run, START);
    await store.declareInverse(run, "inverse");
    const proof = { at: START, sampled: 1, changed: 0, failed: 0, lossy: false };
    await store.recordProof(run, "inverse", proof, true);
    this.#migration = { rows, run };
    return this;
  }

  async run(writers: number, writes: number, switches: number): Promise<Outcome> {
    const time = this.#time;
    const stops: (() => void)[] = [];
    for (let i = 0; i < writers; i++) this.#start(this.#writer(`w${i}`, writes, stops));
    this.#start(this.#operator(switches));
    for (const table of Object.values(this.#tables))
      for (const shard of table.shards) void this.#replay(table, shard);
    while (this.#running > 0) await time.step();
    for (const stop of stops) stop();
    // What was left to the replay, and every write that is still on its way, lands.
    const end = time.now + 2 * LATE_MS;
    while (time.now < end && (await time.step()));
    const live = this.#active;
    for (const [key, allowed] of this.#allowed)
      if (!allowed.has(this.#value(live, key))) this.#outcome.lost.push(key);
    this.#outcome.freezes = time.freezes;
    return this.#outcome;
  }

  #start(process: Promise<void>): void {
    this.#running++;
    void process.finally(() => {
      this.#running--;
    });
  }

  get #active(): Version {
    return Number(this.#row.ver?.N) as Version;
  }

  #value(version: Version, key: string): string | undefined {
    const id = version === 1 ? { pk: { S: key } } : { id: { S: `shop#${key}` } };
    const item = this.#tables[version].items.get(keyIdentity(id, SCHEMAS[version]));
    return (item?.num ?? item?.count)?.N;
  }

  /** Changes an item: undefined deletes it. */
  #change(version: Version, key: Item, newImage: Item | undefined): void {
    const table = this.#tables[version];
    const id = keyIdentity(key, SCHEMAS[version]);
    const oldImage = table.items.get(id);
    if (newImage) table.items.set(id, newImage);
    else table.items.delete(id);
    if (oldImage === undefined && newImage === undefined) return;
    const open = table.shards.filter(({ closed }) => !closed);
    const shard = open[hash(id) % open.length] as Shard;
    const madeAt = START + Math.floor(this.#time.now / 1_000) * 1_000;
    const lag = this.#faults.lateStream ? 20_000 : STREAM_LAG_MS;
    const shown = this.#time.random() < 0.2 ? this.#time.random() * lag : 20;
    shard.records.push({
      change: {
        sequence: `${shard.id}#${shard.records.length}`,
        keys: key,
        madeAt,
        ...(oldImage && { oldImage }),
        ...(newImage && { newImage }),
      },
      shownAt: Math.max(this.#time.now + shown, shard.records.at(-1)?.shownAt ?? 0),
    });
    shard.wake();
  }

  /** A client whose requests are those of a process, and take their time. */
  #client(process: Process, onWrite: (repeats: boolean) => void = () => {}): DynamoDBClient {
    return clientOf((action, input) => this.#send(process, action, input, onWrite));
  }

  #send(
    process: Process,
    action: string,
    input: Input,
    onWrite: (repeats: boolean) => void,
  ): Promise<object> {
    const { TableName = "" } = input;
    const { rows } = this.#migration ?? {};
    const [batchOf] = Object.keys(input.RequestItems ?? {});
    if (rows && MIGRATION_TABLE === (batchOf ?? TableName))
      return process.request("quick", () => rows.answer(action, input));
    if (process.name === "function" && TableName === "control")
      return process.request("quick", () => ({ Item: this.#row }));
    if (action === "BatchWriteItem")
      return process.request("quick", () => this.#batchWrite(input.RequestItems));
    if (action === "BatchGetItem")
      return process.request("quick", () => this.#batchGet(input.RequestItems));
    if (TableName === "control" && action === "GetItem")
      return process.request("slow", () => ({ Item: this.#readRow() }));
    if (TableName === "control") {
      const update = () => this.#updateRow(input, process);
      const isFlip = ":new" in (input.ExpressionAttributeValues ?? {});
      process.repeat(update, ...(isFlip ? FLIPS_AGAIN : []));
      return process.request("late", update);
    }
    const version = TableName === tableOf(1) ? 1 : 2;
    const pk = (input.Item ?? input.Key)?.pk?.S as string;
    const v1 = { pk: { S: pk } };
    const v2 = { id: { S: `shop#${pk}` } };
    const item = input.Item && {
      1: { ...v1, num: input.Item.num as never },
      2: { ...v2, count: input.Item.num as never },
    };
    const write = () => {
      this.#change(version, version === 1 ? v1 : v2, item?.[version]);
      return {};
    };
    onWrite(process.repeat(write));
    return process.request("late", write);
  }

  #readRow(): RawRow {
    if (!this.#faults.eventual) return this.#row;
    const lag = this.#time.random() * 10_000;
    return this.#rows.findLast(({ at }) => at <= this.#time.now - lag)?.row ?? this.#row;
  }

  #batchGet(requests: Input["RequestItems"] = {}): object {
    const Responses = Object.entries(requests).map(([name, { Keys }]) => {
      const version = name === tableOf(1) ? 1 : 2;
      const { items } = this.#tables[version];
      const found = Keys.map((key) => items.get(keyIdentity(key, SCHEMAS[version])));
      return [name, found.filter((item) => item)];
    });
    return { Responses: Object.fromEntries(Responses) };
  }

  #batchWrite(requests: Input["RequestItems"] = {}): object {
    for (const [name, writes] of Object.entries(
      requests as object as Record<string, BatchWrite[]>,
    )) {
      const version = name === tableOf(1) ? 1 : 2;
      for (const { PutRequest, DeleteRequest } of writes) {
        const key = keyOf(PutRequest?.Item ?? DeleteRequest?.Key ?? {}, SCHEMAS[version]) as Item;
        this.#change(version, key, PutRequest?.Item);
      }
    }
    return {};
  }

  #updateRow(input: Input, process: Process): object {
    const before = this.#row;
    this.#row = writtenRow(before, input);
    this.#rows.push({ at: this.#time.now, row: this.#row });
    if (this.#row.ver?.N !== before.ver?.N) this.#outcome.switches++;
    const values = input.ExpressionAttributeValues ?? {};
    const isRemoval = ":closed" in values && !(":fence" in values);
    if (isRemoval && process.name !== "flipper") this.#outcome.removedByClients++;
    return { Attributes: before };
  }

  async #writer(name: string, writes: number, stops: (() => void)[]): Promise<void> {
    const time = this.#time;
    const process = new Process(name, time);
    const stands = this.#faults.clientClock;
    const held = new Map<string, number>();
    const createResolver = resolverFactory({
      wall: () => START + (stands ? 0 : process.wall()),
      monotonic: () => (stands ? 0 : process.monotonic()),
      random: time.random,
      after: (ms, run) => process.after(ms, run),
      wait: (ms) => {
        const { operation } = standingFence(this.#row) ?? {};
        if (operation) {
          held.set(operation, (held.get(operation) ?? 0) + ms);
          const { longestHoldMs } = this.#outcome;
          this.#outcome.longestHoldMs = Math.max(longestHoldMs, held.get(operation) as number);
        }
        return process.wait(ms);
      },
    });
    let wasSent = false;
    let repeats = false;
    const client = this.#client(process, (again) => {
      wasSent = true;
      repeats ||= again;
    });
    const resolver = createResolver({ alias: ALIAS, controlTable: "control", client });
    stops.push(() => resolver.stop());
    const db = (this.#faults.unfenced ? follow : followFenced)(client, resolver);
    // Few writes are followed by another one of the same key, which would hide that they are lost.
    const keys = Array.from({ length: writes / 2 }, (_, index) => `${name}/${index}`);
    for (let value = 1; value <= writes; value++) {
      const index = Math.floor(time.random() * keys.length);
      const key = keys[index] as string;
      await process.wait(time.random() * 2_500);
      wasSent = false;
      repeats = false;
      const isDelete = time.random() < 0.25;
      const written = isDelete ? undefined : String(value);
      const Key = { pk: { S: key } };
      try {
        await (isDelete
          ? db.send(new DeleteItemCommand({ TableName: ALIAS, Key }))
          : db.send(
              new PutItemCommand({ TableName: ALIAS, Item: { ...Key, num: { N: String(value) } } }),
            ));
        this.#allowed.set(key, new Set([written]));
        this.#outcome.acknowledged++;
      } catch {
        if (!wasSent) continue;
        this.#outcome.doubtful++;
        this.#allowed.set(key, new Set([...(this.#allowed.get(key) ?? [undefined]), written]));
        repeats = true;
      }
      // It may land at any later time, so that another value of this key could be overwritten by it.
      if (repeats) keys[index] = `${name}/after ${value}`;
    }
  }

  /**
   * Applies the changes of a shard of one version to the other, as `replayRecords` does, batch by batch; then those of
   * the shards that continue it.
   */
  async #replay(table: Table, shard: Shard): Promise<void> {
    const time = this.#time;
    const mapping = mappingFrom(table.version);
    const pause = (ms: number) => new Promise<void>((run) => time.at(time.now + ms, run));
    while (!shard.closed || shard.applied < shard.records.length) {
      const first = shard.records[shard.applied];
      if (first === undefined) {
        await new Promise<void>((wake) => {
          shard.wake = wake;
        });
        continue;
      }
      await pause(Math.max(0, first.shownAt - time.now) + this.#replayLag());
      const batch = shard.records
        .slice(shard.applied, shard.applied + 5)
        .filter(({ shownAt }) => shownAt <= time.now);
      const newest = Math.max(...batch.map(({ change }) => change.madeAt));
      table.newestAt = Math.max(table.newestAt ?? 0, newest);
      if (this.#migration) {
        const applied = await this.#invoke(table, batch);
        if (applied > 0) {
          const ms = time.now + START - first.change.madeAt;
          table.lags.push({ at: time.now, ms });
        }
        if (applied < batch.length) await pause(1_500 + time.random() * 3_000);
        shard.applied += applied;
        if (time.random() < 0.01 && !shard.closed) this.#split(table, shard);
        continue;
      }
      table.running++;
      // A function that dies leaves its batch, which is repeated.
      const dies = time.random() < 0.02 ? Math.floor(time.random() * batch.length) : batch.length;
      for (const { change } of batch.slice(0, dies)) {
        await pause(1 + time.random() * 20);
        if (this.#active === table.version) await this.#replicate(change, mapping);
      }
      if (dies < batch.length) await pause(1_000 + time.random() * 3_000);
      else {
        table.lags.push({ at: time.now, ms: time.now + START - first.change.madeAt });
        table.through.push(batch.at(-1)?.change.sequence as string);
        table.appliedAt = Math.max(table.appliedAt ?? 0, newest);
        shard.applied += batch.length;
      }
      table.running--;
      if (time.random() < 0.01 && !shard.closed) this.#split(table, shard);
    }
    for (const child of table.shards.filter(({ parent }) => parent === shard.id))
      void this.#replay(table, child);
  }

  /** Calls the function with a batch, as the mapping of its stream does; returns how many records it has applied. */
  async #invoke(table: Table, batch: Shard["records"]): Promise<number> {
    const time = this.#time;
    const process = new Process("function", time);
    const dead = new Promise<undefined>((resolve) => {
      if (time.random() >= 0.02) return;
      process.after(time.random() * 1_000, () => {
        process.kill();
        resolve(undefined);
      });
    });
    const Records = batch.map(({ change }) => recordOf(change, tableOf(table.version)));
    const call = replayRecords(
      migrationOf(this.#client(process)),
      { Records },
      { getRemainingTimeInMillis: () => 900_000 },
      () => {},
      {
        sleep: (ms) => process.wait(ms),
        now: () => START + Math.floor(process.wall()),
        guard: { now: process.monotonic, sleep: (ms) => process.wait(ms) },
      },
    );
    const response = await Promise.race([call.catch(() => undefined), dead]);
    if (response === undefined) return 0;
    const [left] = response.batchItemFailures;
    if (left === undefined) return batch.length;
    return batch.findIndex(({ change }) => change.sequence === left.itemIdentifier);
  }

  #replayLag(): number {
    const { random } = this.#time;
    // A false record does harm only while the replay is behind.
    const kind = random() / (this.#faults.replayRecord ? 10 : 1);
    if (kind < 0.01) return random() * 60_000;
    return kind < 0.06 ? 4_000 + random() * 12_000 : random() * 400;
  }

  #split(table: Table, shard: Shard): void {
    this.#outcome.splits++;
    shard.closed = true;
    table.shards.push(newShard(`${shard.id}a`, shard.id), newShard(`${shard.id}b`, shard.id));
  }

  /** Makes the other version's item what the active one's is now. */
  async #replicate({ keys, oldImage, newImage }: StreamChange, mapping: Mapping): Promise<void> {
    const { from } = mapping.context;
    const to = other(from as Version);
    const current = this.#tables[from as Version].items.get(
      keyIdentity(keys, SCHEMAS[from as Version]),
    );
    const image = current ?? newImage ?? oldImage;
    const mapped = image && mapItem(image, mapping);
    if (mapped === undefined || "then" in mapped || mapped.kind !== "item")
      throw new Error("the transform fails");
    const found = this.#tables[to].items.get(mapped.id);
    const item = current && mapped.item;
    if (JSON.stringify(found) !== JSON.stringify(item)) this.#change(to, mapped.key, item);
  }

  #replayed({ running, newestAt, appliedAt, through, shards }: Table): Replayed {
    const lies = this.#faults.replayRecord;
    const all = shards.flatMap(({ records }) => records.map(({ change }) => change.sequence));
    return {
      failure: undefined,
      running: lies ? 0 : running,
      newestAt,
      appliedAt: lies ? Number.MAX_SAFE_INTEGER : appliedAt,
      through: lies ? all : through.slice(-KEPT_THROUGH),
      agreedAt: START,
    };
  }

  /** What the function has recorded, as a move reads it. */
  async #recorded(client: DynamoDBClient, run: string, from: Version): Promise<Replayed> {
    const stream = from === 1 ? "source" : "target";
    const record = await new MigrationStore({ client }, ALIAS, 2).replay(run, stream);
    return {
      failure: record.failing[0]?.reason,
      running: record.running.length,
      newestAt: record.newestAt,
      appliedAt: record.appliedAt,
      through: record.through ?? [],
      agreedAt: START,
    };
  }

  #stream(table: Table, process: Process): ChangeStream {
    const request = <T>(effect: () => T) => process.request("quick", effect);
    /** Positions at the end of a shard, and when that was seen. */
    const ends = new Map<string, number>();
    const shardOf = (id: string) => table.shards.find((each) => each.id === id) as Shard;
    const shown = ({ records }: Shard) =>
      records.filter(({ shownAt }) => shownAt <= this.#time.now).length;
    return {
      shards: () =>
        request(() =>
          table.shards.map(({ id, parent, closed }) => ({ id, closed, ...(parent && { parent }) })),
        ),
      // LATEST counts from the first request that uses it.
      iterator: (id, from) => request(() => `${id}/${from === "LATEST" ? "" : 0}`),
      read: async (position) => {
        // Further pages at the end of a shard take no time: there are a hundred.
        if (ends.get(position) === this.#time.now) return { changes: [], next: position };
        const page = await request(() => {
          const [id = "", at] = position.split("/");
          const shard = shardOf(id);
          const end = shown(shard);
          const start = at === "" ? end : Number(at);
          const changes = shard.records.slice(start, Math.min(end, start + 3));
          const next = start + changes.length;
          const isOver = shard.closed && next === shard.records.length;
          return {
            changes: changes.map(({ change }) => change),
            ...(!isOver && { next: `${id}/${next}` }),
          };
        });
        if (page.changes.length === 0 && page.next) ends.set(page.next, this.#time.now);
        return page;
      },
    };
  }

  async #operator(switches: number): Promise<void> {
    const time = this.#time;
    for (let i = 0; i < switches; i++) {
      const flipper = new Process("flipper", time);
      await flipper.wait(1_000 + time.random() * 8_000);
      // A switch that dies stops anywhere.
      const dead = new Promise<void>((resolve) => {
        if (time.random() >= 0.3) return;
        flipper.after(time.random() * 20_000, () => {
          flipper.kill();
          this.#outcome.kills++;
          resolve();
        });
      });
      await Promise.race([this.#switch(flipper).catch(() => {}), dead]);
    }
  }

  async #switch(flipper: Process): Promise<void> {
    const from = this.#active;
    const table = this.#tables[from];
    const client = this.#client(flipper);
    const ref: WritableControlTableRef = {
      client,
      controlTable: "control",
      now: () => START + Math.floor(flipper.wall()),
      newOperation: () => `move${++this.#operations}`,
    };
    const clock = {
      now: flipper.monotonic,
      sleep: (ms: number) => flipper.wait(ms),
    };
    await awaitOtherFence(ref, ALIAS, { clock });
    const lags = table.lags.filter(({ at }) => at > this.#time.now - 60_000);
    const operation = `op${++this.#operations}`;
    await switchPointer(
      { from, to: other(from), operation, budgetMs: this.budgetMs },
      {
        openDrain: async () => {
          const drain = await openDrain({
            client,
            clock,
            stream: this.#stream(table, flipper),
            source: tableOf(from),
            mapping: mappingFrom(from),
            opposite: mappingFrom(other(from)),
            lagMs: Math.max(0, ...lags.map(({ ms }) => ms)),
            proof: "",
            replayed: () =>
              this.#migration && !this.#faults.replayRecord
                ? this.#recorded(client, this.#migration.run, from)
                : flipper.request("quick", () => this.#replayed(table)),
          });
          return this.#faults.drain ? { untilEmpty: async () => {} } : drain;
        },
        placeFence: (fence) => placeFence(ref, ALIAS, fence),
        removeFence: async () => {
          await removeFence(ref, ALIAS, operation);
        },
        flip: async (fence) => {
          const fenced = this.#faults.flip ? {} : { fence: fence.operation };
          if (from === 2) await rollback(ref, ALIAS, { from, to: 1, ...fenced });
          else await setActive(ref, ALIAS, 2, { expect: 1, liftBar: true, ...fenced });
        },
      },
      { monotonic: clock.now, wait: (ms) => clock.sleep(this.#faults.wait ? 0 : ms) },
    );
  }
}

const hash = (text: string): number =>
  [...text].reduce((sum, letter) => (31 * sum + letter.charCodeAt(0)) % 65_521, 7);
