import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { SwapError } from "../errors";
import type { Item } from "../items";
import { numberOf, type PutCondition, type TableIds, tablesOf } from "./migration-rows";

/** Time for which a stream holds a change, in milliseconds. Source: as {@link COPY_DEADLINE_MS}. */
export const STREAM_MS = 24 * 3_600_000;

/**
 * Longest time from the start of a copy to its end, in milliseconds: a stream holds records for 24 hours, and the
 * replay begins with the oldest. Source: DynamoDB Developer Guide, Change data capture for DynamoDB Streams.
 */
export const COPY_DEADLINE_MS = 23 * 3_600_000;

/** By when a copy that a program's functions make has to be done, in unix milliseconds. */
export const deadlineOf = ({ startedAt }: Pick<MigrationStart, "startedAt">): number =>
  startedAt + COPY_DEADLINE_MS;

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
  /** The last move of the pointer before it, see `moveId`; absent in records of earlier releases. */
  moveId?: string | undefined;
  /** "lambda" if the functions of a program's `migrateFrom` copy, and replay afterwards; else one process. */
  engine?: "lambda" | undefined;
  /** Segments that the last session copies at a time; absent in records of earlier releases. */
  concurrency?: number | undefined;
  /**
   * When the last write of the functions that copy had arrived, in unix milliseconds; absent before, and for a copy of
   * one process. Nothing is replayed before.
   */
  caughtUp?: number | undefined;
  /** When the replay began, in unix milliseconds; absent before, and for a copy of one process. */
  replayFrom?: number | undefined;
}

/** One process that copies. A later session of the same migration takes over from it. */
export interface CopySession {
  /** The {@link MigrationStart} that it belongs to. */
  run: string;
  /** Greater than that of every session before, also of earlier runs. */
  number: number;
}

/** Holds if the summary has the run, the session, the end of the copy and the begin of the replay that were read. */
export function ifUnchanged(recorded: Item | undefined): PutCondition {
  const names = ["run", "session", "caughtUp", "replayFrom"];
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
export function startOf(row: Item | undefined): MigrationStart | undefined {
  if (row?.run?.S === undefined) return undefined;
  return {
    run: row.run.S,
    tables: tablesOf(row),
    from: numberOf(row.from),
    transform: row.transform?.S ?? "",
    segments: numberOf(row.segments),
    startedAt: numberOf(row.startedAt),
    ...(row.moveId?.S && { moveId: row.moveId.S }),
    ...(row.engine?.S === "lambda" && { engine: "lambda" }),
    ...(row.concurrency && { concurrency: numberOf(row.concurrency) }),
    ...(row.caughtUp && { caughtUp: numberOf(row.caughtUp) }),
    ...(row.replayFrom && { replayFrom: numberOf(row.replayFrom) }),
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

/** @param fix what to do, for who does not copy */
export const supersededRun = (summary: Item | undefined, fix?: string): SwapError =>
  superseded(summary?.run?.S ?? "none", "another run has begun in place of this one", fix);

export const supersededSession = (run: string): SwapError =>
  superseded(run, "another process, or another execution, goes on with it in place of this one");

const superseded = (value: string, rule: string, fix = "let it end, then verify"): SwapError =>
  new SwapError("swap.input-invalid", {
    name: "recorded copy",
    value,
    rule,
    fix,
  });
