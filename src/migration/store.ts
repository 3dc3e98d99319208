import { randomUUID } from "node:crypto";
import {
  type AttributeValue,
  CreateTableCommand,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  type PutItemCommandInput,
  QueryCommand,
  type QueryCommandOutput,
  type TableDescription,
} from "@aws-sdk/client-dynamodb";
import { describeTable } from "../aws";
import { isSwapError, SwapError } from "../errors";
import { type Item, type KeySchema, keyOf } from "../items";
import { assertAlias, MAX_TABLE_NAME_LENGTH } from "../pointer/names";
import type { CopyCounts, CopyPosition } from "./copy-segment";
import {
  countDifferences,
  type DifferenceCounts,
  type DifferenceKind,
  differenceKinds,
  type ItemDifference,
} from "./difference";
import { keyHash, type ParkedKey, type ParkedKeys, type ParkedKind } from "./parked";
import { type Clock, realClock } from "./rate-limit";
import { type Requests, sendRequest } from "./request";
import type { Verification } from "./verify";
import { writeItems } from "./write-items";

/** The two tables of a migration, each by its {@link tableId}. */
export interface TableIds {
  source: string;
  target: string;
}

/** How a migration was started. Copies that go on have to agree with it. */
export interface MigrationStart {
  /** Identifies this run: only positions that it saved count. */
  run: string;
  tables: TableIds;
  /** The version that is copied. */
  from: number;
  /** The hash of the transform; "none" if items are copied unchanged. */
  transform: string;
  /** Segments of the copy. */
  segments: number;
  /** Unix milliseconds. */
  startedAt: number;
  /** "lambda" if the functions of a program's `migrateFrom` copy, and replay afterwards; else one process. */
  engine?: "lambda" | undefined;
}

/** One process that copies. A later session of the same migration takes over from it. */
export interface CopySession {
  /** The {@link MigrationStart} that it belongs to. */
  run: string;
  /** Greater than that of every session before, also of earlier runs. */
  number: number;
}

/** A segment's saved position with the counts of what is before it. */
export interface SavedSegment extends CopyPosition, CopyCounts {
  segment: number;
}

/** The last verification, as recorded; it has a time and the transform's hash, and may be out of date. */
export interface VerificationRecord {
  /** Identifies this run. */
  run: string;
  tables: TableIds;
  /** False while it runs, and for one that was interrupted. */
  done: boolean;
  from: number;
  to: number;
  transform: string;
  /** Unix milliseconds. */
  startedAt: number;
  /** Unix milliseconds; absent unless done. */
  finishedAt?: number;
  sourceItems: number;
  leftOut: number;
  targetItems: number;
  counts: DifferenceCounts;
  /** False if it stopped before it had found all differences. */
  complete: boolean;
}

/** Longest row of differences, in characters of JSON; DynamoDB's bound on an item is 400 KB. */
const MAX_ROW_LENGTH = 100_000;
const MAX_SUMMARY_ATTEMPTS = 10;
/** How long to wait for a new table, in milliseconds, with pauses that double from the first. */
const NEW_TABLE_MS = 120_000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;

/**
 * The table that holds an alias's migrations: `<alias>_migration`.
 *
 * @throws SwapError `swap.alias-invalid` if that is no table name
 */
export function migrationTable(alias: string): string {
  assertAlias(alias);
  const name = `${alias}_migration`;
  if (name.length > MAX_TABLE_NAME_LENGTH)
    throw new SwapError("swap.alias-invalid", {
      alias,
      rule: `table name "${name}" has ${name.length} characters, at most ${MAX_TABLE_NAME_LENGTH} are allowed`,
    });
  return name;
}

/**
 * Tells a table from another one that had, or will have, its name: DynamoDB's TableId, else (DynamoDB Local)
 * the time of its creation. Empty if the table does not exist.
 */
export function tableId(table: TableDescription | undefined): string {
  return table?.TableId ?? table?.CreationDateTime?.toISOString() ?? "";
}

/**
 * Reads the {@link tableId} of both tables of a migration. Cost: two DescribeTable.
 *
 * @throws SwapError as `fromAws`
 */
export async function readTableIds(
  client: DynamoDBClient,
  tables: { source: string; target: string },
): Promise<TableIds> {
  return {
    source: tableId(await describeTable(client, tables.source)),
    target: tableId(await describeTable(client, tables.target)),
  };
}

/**
 * The record of one migration, in a table that holds nothing else. Partition key `pk` is
 * `<alias>#<version written>`; sort key `sk` is `summary`, `segment/NNNN`, `parked/<hash>`, `verify/0000`
 * for the last verification, and `verify/NNNN` from 0001 for its differences.
 */
export class MigrationStore {
  readonly table: string;
  readonly #pk: string;

  constructor(
    private readonly at: Requests,
    alias: string,
    private readonly to: number,
  ) {
    this.table = migrationTable(alias);
    this.#pk = `${alias}#${to}`;
  }

  /** Creates the table unless it exists: on-demand billing, partition key `pk`, sort key `sk`. */
  async createTable(clock: Clock = realClock): Promise<{ created: boolean }> {
    const { client, signal } = this.at;
    if ((await describeTable(client, this.table))?.TableStatus === "ACTIVE")
      return { created: false };
    const command = new CreateTableCommand({
      TableName: this.table,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [
        { AttributeName: "pk", AttributeType: "S" },
        { AttributeName: "sk", AttributeType: "S" },
      ],
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" },
      ],
    });
    try {
      await sendRequest(this.at, this.table, "CreateTable", command);
    } catch (error) {
      if (causeName(error) !== "ResourceInUseException") throw error;
    }
    const deadline = clock.now() + NEW_TABLE_MS;
    for (let pause = FIRST_PAUSE_MS; clock.now() < deadline; pause *= 2) {
      if ((await describeTable(client, this.table))?.TableStatus === "ACTIVE")
        return { created: true };
      await clock.sleep(Math.min(pause, LONGEST_PAUSE_MS), signal);
    }
    throw new SwapError("swap.service-error", {
      action: "CreateTable",
      resource: this.table,
      reason: `the table was not ACTIVE within ${NEW_TABLE_MS / 1000} s`,
    });
  }

  /** How the migration was started; undefined if it was not, or if the table does not exist. */
  async started(): Promise<MigrationStart | undefined> {
    return startOf(await this.#get("summary"));
  }

  /** Records the start, unless there is one; returns the one that is recorded. */
  async start(asked: Omit<MigrationStart, "run">): Promise<MigrationStart> {
    const row = await this.#changeSummary((recorded) =>
      startOf(recorded)
        ? undefined
        : {
            run: { S: randomUUID() },
            ...tableAttributes(asked.tables),
            from: numberAttribute(asked.from),
            transform: { S: asked.transform },
            segments: numberAttribute(asked.segments),
            startedAt: numberAttribute(asked.startedAt),
            ...(asked.engine && { engine: { S: asked.engine } }),
            session: numberAttribute(numberOf(recorded?.session)),
          },
    );
    return startOf(row) as MigrationStart;
  }

  /**
   * Begins a session of a run: from here on, sessions before it can't replace a position that it has saved,
   * and {@link assertSession} refuses them.
   *
   * @throws SwapError `swap.input-invalid` if another run has begun in place of this one
   */
  async openSession(run: string): Promise<CopySession> {
    const row = await this.#changeSummary((recorded) => {
      if (recorded?.run?.S !== run) throw supersededRun(recorded);
      return { ...recorded, session: numberAttribute(numberOf(recorded.session) + 1) };
    });
    return { run, number: numberOf(row.session) };
  }

  /**
   * Refuses a session in whose place another one has begun. Cost: one consistent GetItem.
   *
   * @throws SwapError `swap.input-invalid`
   */
  async assertSession({ run, number }: CopySession): Promise<void> {
    const row = await this.#get("summary");
    if (row?.run?.S !== run) throw supersededRun(row);
    if (numberOf(row.session) !== number) throw supersededSession(run);
  }

  /** The segments that have a position saved by this run; what a run before it left does not count. */
  async segments(run: string): Promise<SavedSegment[]> {
    const rows = await this.#query("segment/");
    const ours = rows.filter((row) => row.run?.S === run);
    return ours.map((row) => ({
      segment: Number(row.sk?.S?.slice("segment/".length)),
      cursor: row.cursor?.M,
      done: row.done?.BOOL === true,
      read: numberOf(row.read),
      written: numberOf(row.written),
      leftOut: numberOf(row.leftOut),
      parked: numberOf(row.parked),
    }));
  }

  /**
   * Saves a segment's position, unless a later session has saved one, or the run has done the segment.
   *
   * @throws SwapError `swap.input-invalid` if so
   */
  async saveSegment(
    session: CopySession,
    { segment, cursor, done, ...counts }: SavedSegment,
  ): Promise<void> {
    const { run, number } = session;
    const row: Item = {
      ...this.#key(`segment/${padded(segment)}`),
      run: { S: run },
      session: numberAttribute(number),
      ...(cursor && { cursor: { M: cursor } }),
      done: { BOOL: done },
      read: numberAttribute(counts.read),
      written: numberAttribute(counts.written),
      leftOut: numberAttribute(counts.leftOut),
      parked: numberAttribute(counts.parked),
    };
    // A row without a session is one of an earlier release.
    const condition: PutCondition = {
      ConditionExpression: `(attribute_not_exists(#session) or #session <= :session)${done ? "" : " and (attribute_not_exists(#run) or #run <> :run or #done <> :done)"}`,
      ExpressionAttributeNames: {
        "#session": "session",
        ...(!done && { "#run": "run", "#done": "done" }),
      },
      ExpressionAttributeValues: {
        ":session": numberAttribute(number),
        ...(!done && { ":run": { S: run }, ":done": { BOOL: true } }),
      },
    };
    if (await this.#putIf(row, condition)) return;
    await this.assertSession(session);
    throw supersededSession(run);
  }

  /** The parked keys, in no order. */
  async parked(): Promise<(ParkedKey & { at: number })[]> {
    return (await this.#query("parked/")).map((row) => ({
      sourceKey: row.key?.M ?? {},
      kind: (row.kind?.S ?? "transform") as ParkedKind,
      reason: row.reason?.S ?? "",
      other: row.other?.M,
      at: numberOf(row.at),
    }));
  }

  /** A recorder of parked keys, which reads the parked keys once, so that unparking others is free. */
  async parkedKeys(schema: KeySchema, now: () => number = Date.now): Promise<ParkedKeys> {
    const known = new Set(
      (await this.#query("parked/")).map((row) => row.sk?.S?.slice("parked/".length)),
    );
    return {
      get count() {
        return known.size;
      },
      park: async ({ sourceKey, kind, reason, other }) => {
        const hash = keyHash(sourceKey, schema);
        await this.#put(`parked/${hash}`, {
          key: { M: keyOf(sourceKey, schema) ?? sourceKey },
          kind: { S: kind },
          reason: { S: reason },
          ...(other && { other: { M: other } }),
          at: numberAttribute(now()),
        });
        known.add(hash);
      },
      unpark: async (sourceKey) => {
        if (known.size === 0) return;
        const hash = keyHash(sourceKey, schema);
        if (!known.has(hash)) return;
        const Key = this.#key(`parked/${hash}`);
        const command = new DeleteItemCommand({ TableName: this.table, Key });
        await sendRequest(this.at, this.table, "DeleteItem", command);
        known.delete(hash);
      },
    };
  }

  /** Records that a verification has begun; the last one no longer counts from here on. */
  async startVerification(
    start: Pick<VerificationRecord, "from" | "transform" | "startedAt" | "tables">,
  ): Promise<VerificationRecord> {
    const record: VerificationRecord = {
      run: randomUUID(),
      done: false,
      to: this.to,
      ...start,
      sourceItems: 0,
      leftOut: 0,
      targetItems: 0,
      counts: countDifferences([]),
      complete: false,
    };
    await this.#putVerification(record, 0);
    return record;
  }

  /** Records what a verification has found: first the differences, then the result that counts. */
  async finishVerification(
    { run, tables, from, to, transform, startedAt }: VerificationRecord,
    { differences, sourceItems, leftOut, targetItems, complete }: Verification,
    finishedAt: number,
  ): Promise<VerificationRecord> {
    await this.#deleteRows((await this.#query("verify/")).filter(({ sk }) => sk?.S !== HEAD));
    const rows = rowsOf(differences);
    for (const [index, found] of rows.entries())
      await this.#put(`verify/${padded(index + 1)}`, {
        run: { S: run },
        found: { L: found.map((M) => ({ M })) },
      });
    const record: VerificationRecord = {
      run,
      tables,
      done: true,
      from,
      to,
      transform,
      startedAt,
      finishedAt,
      sourceItems,
      leftOut,
      targetItems,
      counts: countDifferences(differences),
      complete,
    };
    await this.#putVerification(record, rows.length);
    return record;
  }

  /** The last verification; undefined if there is none, or if the table does not exist. */
  async verification(): Promise<VerificationRecord | undefined> {
    const row = await this.#get(HEAD);
    if (row === undefined) return undefined;
    const counts = countDifferences([]);
    for (const kind of differenceKinds) counts[kind] = numberOf(row.counts?.M?.[kind]);
    return {
      run: row.run?.S ?? "",
      tables: tablesOf(row),
      done: row.done?.BOOL === true,
      from: numberOf(row.from),
      to: numberOf(row.to),
      transform: row.transform?.S ?? "",
      startedAt: numberOf(row.startedAt),
      ...(row.finishedAt && { finishedAt: numberOf(row.finishedAt) }),
      sourceItems: numberOf(row.sourceItems),
      leftOut: numberOf(row.leftOut),
      targetItems: numberOf(row.targetItems),
      counts,
      complete: row.complete?.BOOL === true,
    };
  }

  /**
   * The differences of the last verification.
   *
   * @throws SwapError `swap.service-error` if another verification has replaced part of them
   */
  async differences(): Promise<ItemDifference[]> {
    const head = await this.#get(HEAD);
    const rows = (await this.#query("verify/")).filter(({ sk }) => sk?.S !== HEAD);
    const ours = rows.filter(({ run }) => run?.S === head?.run?.S);
    if (head === undefined || ours.length !== numberOf(head.rows))
      throw new SwapError("swap.service-error", {
        action: "Query",
        resource: this.table,
        reason: "the differences of the last verification are not complete, another one is running",
      });
    return ours.flatMap(({ found }) => (found?.L ?? []).map(({ M = {} }) => differenceOf(M)));
  }

  /**
   * Removes the record, except for the number of its last session. The summary is first: if it is
   * interrupted, the positions that are left belong to no run.
   *
   * @throws SwapError `swap.input-invalid` as {@link assertOneProcess}
   */
  async reset(): Promise<void> {
    await this.#changeSummary((recorded) => {
      const started = startOf(recorded);
      if (started) assertOneProcess(started);
      return { session: numberAttribute(numberOf(recorded?.session)) };
    });
    const rows = await this.#query("");
    await this.#deleteRows(rows.filter(({ sk }) => sk?.S !== "summary"));
  }

  /**
   * Replaces the summary by what `change` makes of it, unless another process changes it in between: then
   * once more. Returns the summary as it is then.
   *
   * @param change its result is undefined to leave it as it is
   */
  async #changeSummary(change: (recorded: Item | undefined) => Item | undefined): Promise<Item> {
    for (let attempt = 1; attempt <= MAX_SUMMARY_ATTEMPTS; attempt++) {
      const recorded = await this.#get("summary");
      const changed = change(recorded);
      if (changed === undefined) return recorded as Item;
      const row = { ...changed, ...this.#key("summary") };
      if (await this.#putIf(row, ifUnchanged(recorded))) return row;
    }
    throw new SwapError("swap.service-error", {
      action: "PutItem",
      resource: this.table,
      reason: `other processes changed the summary in each of ${MAX_SUMMARY_ATTEMPTS} tries`,
    });
  }

  /** Writes a row if the condition holds; false if it doesn't. */
  async #putIf(row: Item, condition: PutCondition): Promise<boolean> {
    const command = new PutItemCommand({ TableName: this.table, Item: row, ...condition });
    try {
      await sendRequest(this.at, this.table, "PutItem", command);
      return true;
    } catch (error) {
      if (causeName(error) !== "ConditionalCheckFailedException") throw error;
      return false;
    }
  }

  async #putVerification(record: VerificationRecord, rows: number): Promise<void> {
    const { run, tables, done, transform, counts, complete, finishedAt, ...numbers } = record;
    await this.#put(HEAD, {
      run: { S: run },
      ...tableAttributes(tables),
      done: { BOOL: done },
      transform: { S: transform },
      complete: { BOOL: complete },
      counts: {
        M: Object.fromEntries(differenceKinds.map((kind) => [kind, numberAttribute(counts[kind])])),
      },
      rows: numberAttribute(rows),
      ...(finishedAt !== undefined && { finishedAt: numberAttribute(finishedAt) }),
      ...Object.fromEntries(
        Object.entries(numbers).map(([name, value]) => [name, numberAttribute(value)]),
      ),
    });
  }

  #key(sk: string): Item {
    return { pk: { S: this.#pk }, sk: { S: sk } };
  }

  async #get(sk: string): Promise<Item | undefined> {
    const command = new GetItemCommand({
      TableName: this.table,
      Key: this.#key(sk),
      ConsistentRead: true,
    });
    try {
      return (await sendRequest(this.at, this.table, "GetItem", command)).Item;
    } catch (error) {
      if (causeName(error) === "ResourceNotFoundException") return undefined;
      throw error;
    }
  }

  async #put(sk: string, attributes: Item): Promise<void> {
    const command = new PutItemCommand({
      TableName: this.table,
      Item: { ...this.#key(sk), ...attributes },
    });
    await sendRequest(this.at, this.table, "PutItem", command);
  }

  async #query(prefix: string): Promise<Item[]> {
    const items: Item[] = [];
    let start: Item | undefined;
    do {
      const command: QueryCommand = new QueryCommand({
        TableName: this.table,
        KeyConditionExpression: prefix === "" ? "pk = :pk" : "pk = :pk and begins_with(sk, :sk)",
        ExpressionAttributeValues: {
          ":pk": { S: this.#pk },
          ...(prefix !== "" && { ":sk": { S: prefix } }),
        },
        ConsistentRead: true,
        ExclusiveStartKey: start,
      });
      const page: QueryCommandOutput = await sendRequest(this.at, this.table, "Query", command);
      items.push(...(page.Items ?? []));
      start = page.LastEvaluatedKey;
    } while (start !== undefined);
    return items;
  }

  async #deleteRows(rows: readonly Item[]): Promise<void> {
    await writeItems(
      { ...this.at, table: this.table },
      rows.map(({ sk }) => ({ delete: this.#key(sk?.S ?? "") })),
    );
  }
}

const HEAD = "verify/0000";

type PutCondition = Pick<
  PutItemCommandInput,
  "ConditionExpression" | "ExpressionAttributeNames" | "ExpressionAttributeValues"
>;

/** Holds if the summary has the run and the session that were read. */
function ifUnchanged(recorded: Item | undefined): PutCondition {
  const names = ["run", "session"];
  const values = names.flatMap((name): [string, AttributeValue][] => {
    const value = recorded?.[name];
    return value ? [[name, value]] : [];
  });
  return {
    ConditionExpression: names
      .map((name) => (recorded?.[name] ? `#${name} = :${name}` : `attribute_not_exists(#${name})`))
      .join(" and "),
    ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
    ...(values.length > 0 && {
      ExpressionAttributeValues: Object.fromEntries(
        values.map(([name, value]) => [`:${name}`, value]),
      ),
    }),
  };
}

/** What a summary says; undefined unless a run has begun. */
function startOf(row: Item | undefined): MigrationStart | undefined {
  if (row?.run?.S === undefined) return undefined;
  return {
    run: row.run.S,
    tables: tablesOf(row),
    from: numberOf(row.from),
    transform: row.transform?.S ?? "",
    segments: numberOf(row.segments),
    startedAt: numberOf(row.startedAt),
    ...(row.engine?.S === "lambda" && { engine: "lambda" }),
  };
}

/**
 * Refuses a copy that a program's functions make: another copy would overwrite what their replay writes.
 *
 * @throws SwapError `swap.input-invalid`
 */
export function assertOneProcess({ run, from, engine }: MigrationStart): void {
  if (engine !== "lambda") return;
  throw new SwapError("swap.input-invalid", {
    name: "recorded copy",
    value: run,
    rule: `the functions of migrateFrom copy version ${from} and replay its changes`,
    fix: "let them; or take migrateFrom out of the program, run pulumi up, and copy then",
  });
}

const supersededRun = (summary: Item | undefined): SwapError =>
  superseded(
    summary?.run?.S ?? "none",
    "another run with --restart has begun in place of this one",
  );

const supersededSession = (run: string): SwapError =>
  superseded(run, "another process has gone on with it in place of this one");

const superseded = (value: string, rule: string): SwapError =>
  new SwapError("swap.input-invalid", {
    name: "recorded copy",
    value,
    rule,
    fix: "let it end, then verify",
  });

const numberAttribute = (value: number): { N: string } => ({ N: String(value) });
const numberOf = (value: { N?: string | undefined } | undefined): number => Number(value?.N ?? 0);
const tableAttributes = ({ source, target }: TableIds): Item => ({
  sourceTable: { S: source },
  targetTable: { S: target },
});
const tablesOf = ({ sourceTable, targetTable }: Item): TableIds => ({
  source: sourceTable?.S ?? "",
  target: targetTable?.S ?? "",
});
const padded = (index: number): string => String(index).padStart(4, "0");

function causeName(error: unknown): string | undefined {
  return isSwapError(error) ? (error.cause as Error | undefined)?.name : undefined;
}

/** Differences as maps, in rows that stay below DynamoDB's bound. */
function rowsOf(differences: readonly ItemDifference[]): Item[][] {
  const rows: Item[][] = [];
  let length = Number.POSITIVE_INFINITY;
  for (const { kind, sourceKey, targetKey, reason } of differences) {
    const map: Item = {
      kind: { S: kind },
      ...(sourceKey && { source: { M: sourceKey } }),
      ...(targetKey && { target: { M: targetKey } }),
      ...(reason !== undefined && { reason: { S: reason } }),
    };
    length += JSON.stringify(map).length;
    if (length > MAX_ROW_LENGTH) {
      rows.push([]);
      length = 0;
    }
    rows.at(-1)?.push(map);
  }
  return rows;
}

const differenceOf = ({ kind, source, target, reason }: Item): ItemDifference => ({
  kind: kind?.S as DifferenceKind,
  sourceKey: source?.M,
  targetKey: target?.M,
  reason: reason?.S,
});
