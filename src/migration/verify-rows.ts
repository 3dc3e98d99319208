import { randomUUID } from "node:crypto";
import type { Item } from "../items";
import type { ItemDifference } from "./difference";
import { Fingerprint } from "./fingerprint";
import { type MigrationRows, numberAttribute, numberOf, padded } from "./migration-rows";
import { differenceOf, rowsOf } from "./verification-record";

/**
 * What functions that verify together do, one after the other:
 *
 * - `compare`: each part reads a segment of both tables and sums digests; the sums of all parts show where they differ
 * - `target`, `source`: each part reads its segment again, and collects the keys where they differ
 * - `confirm`: each part pairs the keys of some buckets and reads them again
 */
export type VerifyPhase = "compare" | "target" | "source" | "confirm";

/** How far one part of a phase has come. */
export interface VerifyPart {
  part: number;
  /** Items read, or keys confirmed. */
  read: number;
  done: boolean;
  /** Where to go on. */
  cursor?: Item | undefined;
  /** Of `confirm`: the differences that it has written before its position. */
  differences: number;
  /** The calls that have written them. */
  calls: string[];
  /** Of `confirm`: text of the candidate up to which it has confirmed all, as they are sorted. */
  after?: string | undefined;
  /** False if it left out something that may differ. */
  complete: boolean;
}

/** What a part of the comparison has summed up before its cursors. */
export interface ComparedPart {
  /** The source's digests without the target's. */
  sums: Fingerprint;
  sourceCursor?: Item | undefined;
  targetCursor?: Item | undefined;
  sourceDone: boolean;
  targetDone: boolean;
  sourceItems: number;
  leftOut: number;
  targetItems: number;
  /** Source items for which the transform fails, whose keys are recorded. */
  failing: number;
  complete: boolean;
}

/** What is to be done, and what is known when the parts of `compare` are done. */
export interface VerifyPlan {
  phase: VerifyPhase;
  /** Parts of `compare`, `target` and `source`. */
  segments: number;
  /** Of each bucket, the part of `confirm` that looks at it, or 0: a byte a bucket. Part 0 has the failing keys. */
  groups?: Uint8Array | undefined;
  /** The last part of `confirm`. */
  lastGroup: number;
  sourceItems: number;
  leftOut: number;
  targetItems: number;
  complete: boolean;
  /** Pause before what differs is read once more, in milliseconds. */
  settleMs: number;
}

/** A key that a scan has found where the tables differ, with a digest of its item. */
export interface FoundKey {
  key: Item;
  /** Of a source item: the target key that it maps to. */
  targetKey?: Item | undefined;
  digest: string;
}

/** Longest row of keys, in characters of their JSON: each is at most 6 KB. */
export const MAX_KEYS_LENGTH = 100_000;

/**
 * The rows of one verification that functions make together, until its result is recorded. One instance is for one
 * call of a function: another call of the same part may run at the same time, and replaces none of its rows of keys and
 * differences.
 */
export class VerifyRows {
  readonly #prefix: string;
  /** Tells this call from others. */
  readonly call: string = randomUUID();
  #written = 0;

  constructor(
    private readonly rows: MigrationRows,
    run: string,
    private readonly maxKeysLength: number = MAX_KEYS_LENGTH,
  ) {
    this.#prefix = `${VERIFYING}${run}/`;
  }

  async plan(): Promise<VerifyPlan | undefined> {
    const row = await this.rows.read(this.#sk("plan"));
    return (
      row && {
        phase: row.phase?.S as VerifyPhase,
        segments: numberOf(row.segments),
        groups: row.groups?.B,
        lastGroup: numberOf(row.lastGroup),
        sourceItems: numberOf(row.sourceItems),
        leftOut: numberOf(row.leftOut),
        targetItems: numberOf(row.targetItems),
        complete: row.complete?.BOOL === true,
        settleMs: numberOf(row.settleMs),
      }
    );
  }

  async savePlan({ phase, groups, complete, ...numbers }: VerifyPlan): Promise<void> {
    await this.rows.put(this.#sk("plan"), {
      phase: { S: phase },
      complete: { BOOL: complete },
      ...(groups && { groups: { B: groups } }),
      ...numberAttributes(numbers),
    });
  }

  /** The parts of a phase that have saved something. */
  async parts(phase: VerifyPhase): Promise<VerifyPart[]> {
    return (await this.rows.query(this.#sk(`part/${phase}/`))).map(partOfRow);
  }

  async part(phase: VerifyPhase, part: number): Promise<VerifyPart | undefined> {
    const row = await this.rows.read(this.#sk(`part/${phase}/${padded(part)}`));
    return row && partOfRow(row);
  }

  /** Saves how far a part has come. What another call of it has done stays done. */
  async savePart(phase: VerifyPhase, saved: VerifyPart): Promise<void> {
    const { part, read, differences, calls, after, cursor, done, complete } = saved;
    await this.#putUnlessDone(`part/${phase}/${padded(part)}`, done, {
      complete: { BOOL: complete },
      calls: { L: calls.map((S) => ({ S })) },
      ...(after !== undefined && { after: { S: after } }),
      ...(cursor && { cursor: { M: cursor } }),
      ...numberAttributes({ part, read, differences }),
    });
  }

  async compared(part: number): Promise<ComparedPart | undefined> {
    const row = await this.rows.read(this.#sk(`sums/${padded(part)}`));
    if (row?.sums?.B === undefined) return undefined;
    return {
      sums: Fingerprint.fromBytes(row.sums.B),
      sourceCursor: row.sourceCursor?.M,
      targetCursor: row.targetCursor?.M,
      sourceDone: row.sourceDone?.BOOL === true,
      targetDone: row.targetDone?.BOOL === true,
      sourceItems: numberOf(row.sourceItems),
      leftOut: numberOf(row.leftOut),
      targetItems: numberOf(row.targetItems),
      failing: numberOf(row.failing),
      complete: row.complete?.BOOL === true,
    };
  }

  /** Cost: a write unit for each KB, up to 330. */
  async saveCompared(part: number, saved: ComparedPart): Promise<void> {
    const { sums, sourceCursor, targetCursor, sourceDone, targetDone, complete, ...numbers } =
      saved;
    await this.#putUnlessDone(`sums/${padded(part)}`, sourceDone && targetDone, {
      sums: { B: sums.toBytes() },
      ...(sourceCursor && { sourceCursor: { M: sourceCursor } }),
      ...(targetCursor && { targetCursor: { M: targetCursor } }),
      sourceDone: { BOOL: sourceDone },
      targetDone: { BOOL: targetDone },
      complete: { BOOL: complete },
      ...numberAttributes(numbers),
    });
  }

  /**
   * Writes the keys that a part has found since its last save. Repeated after that save was lost, they are there twice,
   * which does no harm.
   */
  async putFound({ group, phase, part }: FoundPlace, found: readonly FoundKey[]): Promise<void> {
    const rows: Item[][] = [];
    let length = Number.POSITIVE_INFINITY;
    for (const { key, targetKey, digest } of found) {
      const map: Item = {
        key: { M: key },
        ...(targetKey && { target: { M: targetKey } }),
        digest: { B: Buffer.from(digest, "latin1") },
      };
      length += JSON.stringify([key, targetKey]).length;
      if (length > this.maxKeysLength) {
        rows.push([]);
        length = 0;
      }
      rows.at(-1)?.push(map);
    }
    const place = `found/${padded(group)}/${phase}/${padded(part)}/${this.call}`;
    for (const keys of rows) {
      this.#written += 1;
      await this.rows.put(this.#sk(`${place}-${this.#written}`), {
        keys: { L: keys.map((M) => ({ M })) },
      });
    }
  }

  /** Hands on the keys that the parts of a phase have found for one part of `confirm`. */
  async eachFound(
    group: number,
    phase: VerifyPhase,
    each: (found: FoundKey) => void,
  ): Promise<void> {
    for await (const row of this.rows.each(this.#sk(`found/${padded(group)}/${phase}/`)))
      for (const { M = {} } of row.keys?.L ?? [])
        each({
          key: M.key?.M ?? {},
          targetKey: M.target?.M,
          digest: Buffer.from(M.digest?.B ?? []).toString("latin1"),
        });
  }

  /** Writes differences of a part of `confirm`. They count once this call has saved the part. */
  async putDifferences(part: number, differences: readonly ItemDifference[]): Promise<void> {
    for (const found of rowsOf(differences)) {
      this.#written += 1;
      await this.rows.put(
        this.#sk(`${differencesPrefix(part, this.call)}${padded(this.#written)}`),
        {
          found: { L: found.map((M) => ({ M })) },
        },
      );
    }
  }

  /**
   * The differences that a part of `confirm` has written.
   *
   * @throws Error if some are not there: the result is recorded by another call, which then removes them
   */
  async differences({ part, calls, differences }: VerifyPart): Promise<ItemDifference[]> {
    const found: ItemDifference[] = [];
    for (const call of calls)
      for (const row of await this.rows.query(this.#sk(differencesPrefix(part, call))))
        for (const { M = {} } of row.found?.L ?? []) found.push(differenceOf(M));
    if (found.length !== differences)
      throw new Error(
        `part ${part} found ${differences} differences, and ${found.length} are left`,
      );
    return found;
  }

  /** Removes the rows of this verification. */
  async remove(): Promise<void> {
    await this.rows.deleteRows(await this.rows.query(this.#prefix, "sk"));
  }

  /** Removes the rows of all other verifications that functions have made together. */
  async removeOthers(): Promise<void> {
    const rows = await this.rows.query(VERIFYING, "sk");
    await this.rows.deleteRows(rows.filter(({ sk }) => !sk?.S?.startsWith(this.#prefix)));
  }

  #sk(name: string): string {
    return `${this.#prefix}${name}`;
  }

  async #putUnlessDone(name: string, done: boolean, attributes: Item): Promise<void> {
    const row = { ...this.rows.key(this.#sk(name)), ...attributes, done: { BOOL: done } };
    await this.rows.putIf(row, {
      ConditionExpression: "attribute_not_exists(#done) or #done = :no",
      ExpressionAttributeNames: { "#done": "done" },
      ExpressionAttributeValues: { ":no": { BOOL: false } },
    });
  }
}

/** Where keys that were found are written. */
interface FoundPlace {
  group: number;
  phase: VerifyPhase;
  part: number;
}

const VERIFYING = "verifying/";

const differencesPrefix = (part: number, call: string) => `difference/${padded(part)}/${call}/`;

const partOfRow = (row: Item): VerifyPart => ({
  part: numberOf(row.part),
  read: numberOf(row.read),
  done: row.done?.BOOL === true,
  cursor: row.cursor?.M,
  differences: numberOf(row.differences),
  complete: row.complete?.BOOL === true,
  calls: (row.calls?.L ?? []).map(({ S = "" }) => S),
  after: row.after?.S,
});

const numberAttributes = (numbers: Record<string, number>): Item =>
  Object.fromEntries(Object.entries(numbers).map(([name, n]) => [name, numberAttribute(n)]));
