import { randomUUID } from "node:crypto";
import { SwapError } from "../errors";
import { type Item, type KeySchema, keyOf } from "../items";
import { agreedAt } from "./agreement";
import {
  assertNotHeld,
  type ControlChange,
  type ControlChanged,
  type ControlNote,
  changeControl,
  type RunControl,
  readControl,
} from "./control";
import type { CopyCounts, CopyPosition } from "./copy-segment";
import { countDifferences, type ItemDifference } from "./difference";
import {
  MigrationRows,
  numberAttribute,
  numberOf,
  type PutCondition,
  padded,
  tableAttributes,
} from "./migration-rows";
import { keyHash, type ParkedKey, type ParkedKeys, type ParkedKind } from "./parked";
import type { Clock } from "./rate-limit";
import {
  type BegunBatch,
  type ReplayedBatch,
  type ReplayedStream,
  type ReplayRecord,
  readReplay,
  recordBatch,
  recordBegun,
} from "./replay-record";
import type { Requests } from "./request";
import {
  assertOneProcess,
  type CopySession,
  ifUnchanged,
  type MigrationStart,
  startOf,
  supersededRun,
  supersededSession,
} from "./run";
import { type RecordedStray, readStrays, recordStrays } from "./stray-record";
import type { Stray } from "./strays";
import {
  differenceOf,
  rowsOf,
  type VerificationRecord,
  verificationAttributes,
  verificationOf,
} from "./verification-record";
import type { Verification } from "./verify";
import { type VerifyPhase, VerifyRows } from "./verify-rows";
import {
  declareInverse,
  readWayBack,
  recordProof,
  type WayBack,
  type WayBackProof,
} from "./way-back";

/** A segment's saved position with the counts of what is before it. */
export interface SavedSegment extends CopyPosition, CopyCounts {
  segment: number;
  /** When it was saved, in unix milliseconds; absent in records of earlier releases. */
  savedAt?: number | undefined;
}

const MAX_SUMMARY_ATTEMPTS = 10;

const HEAD = "verify/0000";
const PARKED_BACK = "parked/back/";
/** The sort key of the row that asks for a verification by functions. */
export const VERIFY_REQUEST = "verify-request";

/**
 * The record of one migration, in a table that holds nothing else. Partition key `pk` is
 * `<alias>#<version written>`; sort key `sk` is `summary`, `control`, `segment/NNNN`, `parked/<hash>`, `verify/0000`
 * for the last verification, `verify/<run>/NNNN` from 0001 for its differences, `verify-request` to ask functions for one,
 * `verifying/<run>/…` while they make it. Of the replay: `replay/NN` for what it did in
 * a minute of the hour, `replay/newest` for the newest change it saw, `replay/through/NN` for a record it
 * applied last, and `replay/failing/<sequence number>` for a batch
 * that fails or has not ended; `reverse/...` is the same of the stream of the version written. `parked/back/<hash>` is
 * a key of that version whose item can't go back, `inverse` the proof that items do, `stray/...` a change to the version
 * that was not active, `strays` their number. The log of what the replication writes has other partition keys.
 */
export class MigrationStore {
  readonly table: string;
  readonly #rows: MigrationRows;
  readonly #alias: string;

  constructor(
    at: Requests,
    alias: string,
    private readonly to: number,
  ) {
    this.#rows = new MigrationRows(at, alias, to);
    this.#alias = alias;
    this.table = this.#rows.name;
  }

  /** Creates the table unless it exists: on-demand billing, partition key `pk`, sort key `sk`. */
  createTable(clock?: Clock): Promise<{ created: boolean }> {
    return this.#rows.create(clock);
  }

  /** How the migration was started; undefined if it was not, or if the table does not exist. */
  async started(): Promise<MigrationStart | undefined> {
    return startOf(await this.#rows.get("summary"));
  }

  /** Records the start, unless there is one; returns the one that is recorded. */
  async start(
    asked: Omit<MigrationStart, "run" | "caughtUp" | "replayFrom">,
  ): Promise<MigrationStart> {
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
            ...(asked.moveId && { moveId: { S: asked.moveId } }),
            ...(asked.engine && { engine: { S: asked.engine } }),
            ...(asked.concurrency && { concurrency: numberAttribute(asked.concurrency) }),
            session: numberAttribute(numberOf(recorded?.session)),
          },
    );
    return startOf(row) as MigrationStart;
  }

  /**
   * Begins a session of a run: from here on, sessions before it can't replace a position that it has saved,
   * and {@link assertSession} refuses them.
   *
   * @param concurrency segments that it copies at a time; absent to leave what is recorded
   * @throws SwapError `swap.input-invalid` if another run has begun in place of this one
   */
  async openSession(run: string, concurrency?: number): Promise<CopySession> {
    const row = await this.#changeSummary((recorded) => {
      if (recorded?.run?.S !== run) throw supersededRun(recorded);
      return {
        ...recorded,
        session: numberAttribute(numberOf(recorded.session) + 1),
        ...(concurrency && { concurrency: numberAttribute(concurrency) }),
      };
    });
    return { run, number: numberOf(row.session) };
  }

  /**
   * Refuses a session in whose place another one has begun. Cost: one consistent GetItem.
   *
   * @throws SwapError `swap.input-invalid`
   */
  async assertSession({ run, number }: CopySession): Promise<void> {
    const row = await this.#rows.get("summary");
    if (row?.run?.S !== run) throw supersededRun(row);
    if (numberOf(row.session) !== number) throw supersededSession(run);
  }

  /**
   * What operators ask of a run; what they asked of another one does not count. Cost: one consistent GetItem.
   *
   * @throws SwapError `swap.service-error` for a row that can't be understood; also if the table does not exist
   */
  control(run: string): Promise<RunControl> {
    return readControl(this.#rows, run);
  }

  /**
   * Changes what is asked of a run. A change that another operator makes meanwhile is kept: of another property it
   * is kept with this one, of the same property this change is refused. Cost: three consistent GetItem and one
   * PutItem; two consistent Query with it to resume a replay.
   *
   * @throws SwapError `swap.input-invalid` for a run that is cancelled or that another one has replaced, for a change
   * that was made meanwhile, and for a reason that is too long. Also when a replay is resumed that was paused
   * 23 hours ago, or whose oldest change that waits was made then, or whose pause is in the future
   */
  changeControl(
    started: MigrationStart,
    change: ControlChange,
    note: ControlNote,
  ): Promise<ControlChanged> {
    return changeControl(this.#rows, started, change, note);
  }

  /**
   * Records that no function of the copy writes any more, unless that is recorded. Cost: one UpdateItem.
   *
   * @throws SwapError `swap.input-invalid` if another run has begun in place of this one
   */
  endCopy(run: string, now: number): Promise<void> {
    return this.#recordTime(run, "caughtUp", now);
  }

  /**
   * Records that the replay has begun, unless that is recorded. Cost: one UpdateItem.
   *
   * @throws SwapError `swap.input-invalid` if another run has begun in place of this one
   */
  beginReplay(run: string, now: number): Promise<void> {
    return this.#recordTime(run, "replayFrom", now);
  }

  async #recordTime(run: string, name: "caughtUp" | "replayFrom", now: number): Promise<void> {
    const begun = await this.#rows.updateIf("summary", {
      UpdateExpression: `SET ${name} = if_not_exists(${name}, :now)`,
      ConditionExpression: "#run = :run",
      ExpressionAttributeNames: { "#run": "run" },
      ExpressionAttributeValues: { ":now": numberAttribute(now), ":run": { S: run } },
    });
    if (!begun) throw supersededRun(await this.#rows.get("summary"));
  }

  /** Records a batch before a call of the replay applies it. Cost: two requests that write. */
  recordReplayBegin(
    run: string,
    batch: BegunBatch,
    now: number,
    stream: ReplayedStream = "source",
  ): Promise<void> {
    return recordBegun(this.#rows, run, batch, now, stream);
  }

  /** Records what a call of the replay has done with its batch, and whether it fails. Cost: 3 requests that write. */
  recordReplay(
    run: string,
    batch: ReplayedBatch,
    now: number,
    stream: ReplayedStream = "source",
  ): Promise<void> {
    return recordBatch(this.#rows, run, batch, now, stream);
  }

  /** What the replay of a run did in the last hour, what fails now, and what has not ended. Cost: one consistent Query. */
  replay(run: string, stream?: ReplayedStream): Promise<ReplayRecord> {
    return readReplay(this.#rows, run, stream);
  }

  /**
   * Records strays, each once. Cost: a GetItem, a request that writes for each, and one more.
   *
   * @throws SwapError `swap.input-invalid` above 10,000 that no verification has settled
   */
  recordStrays(run: string, strays: readonly Stray[], now: number): Promise<void> {
    const agreed = async () => {
      const started = await this.started();
      return started && agreedAt({ started, verification: await this.verification() }, now);
    };
    return recordStrays({ rows: this.#rows, run, now, agreed }, strays);
  }

  /** The strays that a run has recorded, in order of time; with images of up to 400 KB each, unless they are left out. Cost: one consistent Query. */
  strays(run: string, { images = true } = {}): Promise<RecordedStray[]> {
    return readStrays(this.#rows, run, images);
  }

  /** Records which inverse a run's program declares; "none" for none. Cost: a GetItem, and a PutItem if it is another. */
  declareInverse(run: string, inverse: string): Promise<void> {
    return declareInverse(this.#rows, run, inverse);
  }

  /**
   * Records a proof of the way back, unless another inverse is declared by now. Cost: one PutItem.
   *
   * @param whole whether the new version's stream has been read since before that version was active
   */
  recordProof(run: string, inverse: string, proof: WayBackProof, whole: boolean): Promise<void> {
    return recordProof(this.#rows, run, inverse, proof, whole);
  }

  /** How what is written to the new version goes back; undefined if it does not. Cost: one consistent GetItem. */
  wayBack(run: string): Promise<WayBack | undefined> {
    return readWayBack(this.#rows, run);
  }

  /** The segments that have a position saved by this run; what a run before it left does not count. */
  async segments(run: string): Promise<SavedSegment[]> {
    const rows = await this.#rows.query("segment/");
    const ours = rows.filter((row) => row.run?.S === run);
    return ours.map((row) => ({
      segment: Number(row.sk?.S?.slice("segment/".length)),
      cursor: row.cursor?.M,
      done: row.done?.BOOL === true,
      read: numberOf(row.read),
      written: numberOf(row.written),
      leftOut: numberOf(row.leftOut),
      parked: numberOf(row.parked),
      ...(row.savedAt && { savedAt: numberOf(row.savedAt) }),
    }));
  }

  /**
   * Saves a segment's position, unless the run has done the segment: then it is left, and the answer is false.
   *
   * @throws SwapError `swap.input-invalid` if a later session, or another run, has begun
   */
  async saveSegment(
    session: CopySession,
    { segment, cursor, done, ...counts }: SavedSegment,
    now: number = Date.now(),
  ): Promise<boolean> {
    const { run, number } = session;
    const row: Item = {
      ...this.#rows.key(`segment/${padded(segment)}`),
      run: { S: run },
      session: numberAttribute(number),
      ...(cursor && { cursor: { M: cursor } }),
      done: { BOOL: done },
      read: numberAttribute(counts.read),
      written: numberAttribute(counts.written),
      leftOut: numberAttribute(counts.leftOut),
      parked: numberAttribute(counts.parked),
      savedAt: numberAttribute(now),
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
    if (await this.#rows.putIf(row, condition)) return true;
    // Positions are saved by this session and those before it, if it is the last.
    await this.assertSession(session);
    return false;
  }

  /** The parked keys, in no order. */
  async parked(): Promise<(ParkedKey & { at: number })[]> {
    return (await this.#rows.query("parked/")).map((row) => ({
      sourceKey: row.key?.M ?? {},
      kind: (row.kind?.S ?? "transform") as ParkedKind,
      ...(row.sk?.S?.startsWith(PARKED_BACK) && { back: true as const }),
      reason: row.reason?.S ?? "",
      other: row.other?.M,
      at: numberOf(row.at),
    }));
  }

  /**
   * A recorder of parked keys, which reads the parked keys once, so that unparking others is free.
   *
   * @param stream "target" for keys of the version written, whose items can't go back
   */
  async parkedKeys(
    schema: KeySchema,
    now: () => number = Date.now,
    stream: ReplayedStream = "source",
  ): Promise<ParkedKeys> {
    const prefix = stream === "target" ? PARKED_BACK : "parked/";
    const known = new Set(
      (await this.#rows.query(prefix))
        .map((row) => row.sk?.S?.slice(prefix.length) ?? "")
        .filter((hash) => !hash.includes("/")),
    );
    return {
      get count() {
        return known.size;
      },
      park: async ({ sourceKey, kind, reason, other }) => {
        const hash = keyHash(sourceKey, schema);
        await this.#rows.put(`${prefix}${hash}`, {
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
        await this.#rows.delete(`${prefix}${hash}`);
        known.delete(hash);
      },
    };
  }

  /**
   * Records that a verification has begun; the last one no longer counts from here on.
   *
   * @param start `run` identifies it; absent for one process
   */
  async startVerification(
    start: Pick<VerificationRecord, "from" | "transform" | "startedAt" | "tables"> & {
      run?: string;
    },
  ): Promise<VerificationRecord> {
    const record = this.#begun(start);
    await this.#rows.put(HEAD, verificationAttributes(record, 0));
    return record;
  }

  /**
   * Records that a verification has begun, as {@link startVerification}, unless the last one is another than `last`.
   *
   * @returns undefined then
   */
  async startVerificationAfter(
    last: VerificationRecord | undefined,
    start: Pick<VerificationRecord, "run" | "from" | "transform" | "startedAt" | "tables">,
  ): Promise<VerificationRecord | undefined> {
    const record = this.#begun(start);
    const row = { ...this.#rows.key(HEAD), ...verificationAttributes(record, 0) };
    // A request that is sent again finds its own row.
    const own = "(#run = :run and startedAt = :at)";
    const condition: PutCondition = {
      ConditionExpression: `${last ? "#run = :last" : "attribute_not_exists(sk)"} or ${own}`,
      ExpressionAttributeNames: { "#run": "run" },
      ExpressionAttributeValues: {
        ":run": { S: record.run },
        ":at": numberAttribute(start.startedAt),
        ...(last && { ":last": { S: last.run } }),
      },
    };
    return (await this.#rows.putIf(row, condition)) ? record : undefined;
  }

  #begun(start: Parameters<MigrationStore["startVerification"]>[0]): VerificationRecord {
    return {
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
  }

  /**
   * Records what a verification has found: first the differences, then the result that counts.
   *
   * @returns undefined if it is done already, or another one has begun: the record of that one stays as it is
   */
  async finishVerification(
    { run, tables, from, to, transform, startedAt }: VerificationRecord,
    { differences, sourceItems, leftOut, targetItems, complete }: Omit<Verification, "readUnits">,
    finishedAt: number,
  ): Promise<VerificationRecord | undefined> {
    const others = (await this.#rows.query("verify/")).filter(
      (row) => row.sk?.S !== HEAD && row.run?.S !== run,
    );
    const rows = rowsOf(differences);
    for (const [index, found] of rows.entries())
      await this.#rows.put(`verify/${run}/${padded(index + 1)}`, {
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
    const head = { ...this.#rows.key(HEAD), ...verificationAttributes(record, rows.length) };
    const runs = whileItRuns(run);
    // A request that is sent again finds its own row.
    const own = "(#run = :run and finishedAt = :at and #rows = :rows)";
    const isOurs = await this.#rows.putIf(head, {
      ConditionExpression: `(${runs.ConditionExpression}) or ${own}`,
      ExpressionAttributeNames: { ...runs.ExpressionAttributeNames, "#rows": "rows" },
      ExpressionAttributeValues: {
        ...runs.ExpressionAttributeValues,
        ":at": numberAttribute(finishedAt),
        ":rows": numberAttribute(rows.length),
      },
    });
    if (!isOurs) return undefined;
    await this.#rows.deleteRows(others);
    return record;
  }

  /** Records why a verification that functions make was given up, unless it is done or another one has begun. */
  failVerification(run: string, reason: string): Promise<void> {
    return this.#fail(run, ":reason", reason);
  }

  /** Records that a verification was given up as {@link failVerification}, unless a function has recorded why. */
  giveUpVerification(run: string, reason: string): Promise<void> {
    return this.#fail(run, "if_not_exists(failure, :reason)", reason);
  }

  async #fail(run: string, failure: string, reason: string): Promise<void> {
    const condition = whileItRuns(run);
    await this.#rows.updateIf(HEAD, {
      UpdateExpression: `SET failure = ${failure}`,
      ...condition,
      ExpressionAttributeValues: {
        ...condition.ExpressionAttributeValues,
        ":reason": { S: reason },
      },
    });
  }

  /**
   * Asks the functions of a program's `migrateFrom` for a verification: their stream of this table sees the row.
   *
   * @returns what identifies the verification
   */
  async requestVerification({ by, at, reason }: ControlNote): Promise<string> {
    const run = randomUUID();
    await this.#rows.put(VERIFY_REQUEST, {
      run: { S: run },
      by: { S: by },
      at: numberAttribute(at),
      ...(reason !== undefined && { reason: { S: reason } }),
    });
    return run;
  }

  /** What identifies the verification that was asked for last; undefined if none was. */
  async requestedVerification(): Promise<string | undefined> {
    return (await this.#rows.read(VERIFY_REQUEST))?.run?.S;
  }

  /** How far a verification of functions has come: the items read, or keys confirmed, in its phase. */
  async verificationProgress(
    run: string,
  ): Promise<{ phase: VerifyPhase; read: number; parts: number; done: number } | undefined> {
    const rows = new VerifyRows(this.#rows, run);
    const plan = await rows.plan();
    if (plan === undefined) return undefined;
    const parts = await rows.parts(plan.phase);
    return {
      phase: plan.phase,
      read: parts.reduce((sum, { read }) => sum + read, 0),
      parts: plan.phase === "confirm" ? plan.lastGroup : plan.segments,
      done: parts.filter(({ done }) => done).length,
    };
  }

  /** The last verification; undefined if there is none, or if the table does not exist. */
  async verification(): Promise<VerificationRecord | undefined> {
    const row = await this.#rows.get(HEAD);
    if (row === undefined) return undefined;
    return verificationOf(row);
  }

  /**
   * The differences of the last verification.
   *
   * @throws SwapError `swap.service-error` if another verification has replaced part of them
   */
  async differences(): Promise<ItemDifference[]> {
    const head = await this.#rows.get(HEAD);
    const rows = (await this.#rows.query("verify/")).filter(({ sk }) => sk?.S !== HEAD);
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
   * Removes the record, except for the number of its last session and what was asked of the run, which does not count
   * for another one. The summary is first: if it is interrupted, the positions that are left belong to no run.
   *
   * @throws SwapError `swap.input-invalid` as {@link assertOneProcess}; {@link RunHeld} for a run that an operator has
   * paused, rather than cancelled, also if that comes meanwhile: then the run goes on to be recorded
   */
  async reset(): Promise<void> {
    await this.#assertNotPaused(startOf(await this.#rows.get("summary"))?.run);
    let before: Item | undefined;
    await this.#changeSummary((recorded) => {
      before = recorded;
      const started = startOf(recorded);
      if (started) assertOneProcess(started);
      return { session: numberAttribute(numberOf(recorded?.session)) };
    });
    // A pause that comes from here on is refused, since the summary no longer has its run.
    await this.#assertNotPaused(startOf(before)?.run).catch(async (error: unknown) => {
      await this.#changeSummary((now) =>
        startOf(now) || numberOf(now?.session) !== numberOf(before?.session) ? undefined : before,
      );
      throw error;
    });
    const rows = await this.#rows.query("");
    await this.#rows.deleteRows(
      rows.filter(({ sk }) => sk?.S !== "summary" && sk?.S !== "control"),
    );
  }

  async #assertNotPaused(run: string | undefined): Promise<void> {
    if (run === undefined) return;
    const { paused, cancelled } = await this.control(run);
    if (!cancelled) assertNotHeld({ paused }, { alias: this.#alias, to: this.to }, "");
  }

  /**
   * Replaces the summary by what `change` makes of it, unless another process changes it in between: then
   * once more. Returns the summary as it is then.
   *
   * @param change its result is undefined to leave it as it is
   */
  async #changeSummary(change: (recorded: Item | undefined) => Item | undefined): Promise<Item> {
    for (let attempt = 1; attempt <= MAX_SUMMARY_ATTEMPTS; attempt++) {
      const recorded = await this.#rows.get("summary");
      const changed = change(recorded);
      if (changed === undefined) return recorded as Item;
      const row = { ...changed, ...this.#rows.key("summary") };
      if (await this.#rows.putIf(row, ifUnchanged(recorded))) return row;
    }
    throw new SwapError("swap.service-error", {
      action: "PutItem",
      resource: this.table,
      reason: `other processes changed the summary in each of ${MAX_SUMMARY_ATTEMPTS} tries`,
    });
  }
}

/** Holds while a verification is the last one, and not done. */
const whileItRuns = (run: string) => ({
  ConditionExpression: "#run = :run and #done = :no",
  ExpressionAttributeNames: { "#run": "run", "#done": "done" },
  ExpressionAttributeValues: { ":run": { S: run }, ":no": { BOOL: false } } as Item,
});
