import { SwapError } from "../errors";
import { canonicalItem, type Item, type KeySchema, keyIdentity, keyOf } from "../items";
import { type ControlTableRef, findActive, isBarred, type PointerRow } from "../pointer";
import type { EchoLog, ItemChange } from "./echo-log";
import { getItems } from "./get-items";
import type { ChangeRecord } from "./replay";
import type { Requests } from "./request";
import { isReplica, type Mapping } from "./transform";
import { idOfWrite, type Write } from "./write-items";

/**
 * What is done with the changes of one version:
 *
 * - `replicate`: it is active, and they are made to the other version
 * - `drop`: the pointer has not moved since the run began, so that only the run writes to the target
 * - `inspect`: the other version is active, so that they are what the replication wrote, or strays
 */
export type Treatment = "replicate" | "drop" | "inspect";

/** A text that no two moves of a pointer share: each has its own operation, or its own version and time. */
export const moveId = ({ version, activatedAt, operation }: PointerRow): string =>
  `${version}/${activatedAt ?? ""}/${operation ?? ""}`;

/** A migration, as one that is replicated. */
export interface Replicated {
  control: ControlTableRef;
  alias: string;
  from: number;
  to: number;
  /** Whether what is written to the new version goes back. */
  goesBack: boolean;
}

/** What the pointer says of changes. */
export interface PointerLook {
  treatment: Treatment;
  /** Whether the pointer has not moved since the run began. */
  isFirst: boolean;
  /** Whether a fence stands: then the pointer may move at any moment. */
  isFenced: boolean;
}

/**
 * Reads the pointer, and says what is done with the changes of a version that were made before. Cost: one consistent
 * GetItem.
 *
 * @param version one of the two
 * @param begunAt the {@link moveId} when the run began; undefined if it was not recorded
 * @throws SwapError `swap.input-invalid` if neither version is active, and if the new one was active and nothing that
 * was written to it then went back; others as `findActive`
 */
export async function treatmentOf(
  { control, alias, from, to, goesBack }: Replicated,
  version: number,
  begunAt: string | undefined,
): Promise<PointerLook> {
  const row = await findActive(control, alias);
  const refused = (rule: string) =>
    new SwapError("swap.input-invalid", {
      name: "version",
      value: String(to),
      rule,
      fix: "take migrateFrom out of the program",
    });
  if (row === undefined) throw refused(`alias "${alias}" has no active version`);
  if (row.corrupt) throw new SwapError("swap.malformed-row", row.corrupt);
  if (row.version !== from && row.version !== to)
    throw refused(`version ${row.version} is active, which is neither ${from} nor ${to}`);
  const seen = { isFirst: moveId(row) === begunAt, isFenced: row.fence !== undefined };
  if (row.version !== version)
    return { treatment: version === to && seen.isFirst ? "drop" : "inspect", ...seen };
  if (version === from && !goesBack && wasActive(row, to))
    throw refused("it has been active, and may hold what was written meanwhile");
  return { treatment: "replicate", ...seen };
}

/**
 * Whether the new version was never active since a run began. What is unknown counts as active. Cost: one consistent
 * GetItem.
 *
 * @param begunAt as {@link treatmentOf}
 * @throws SwapError as `findActive`
 */
export async function wasNeverActive(
  { control, alias, to }: Pick<Replicated, "control" | "alias" | "to">,
  begunAt: string | undefined,
): Promise<boolean> {
  const row = await findActive(control, alias);
  if (row === undefined || row.corrupt || row.version === to) return false;
  // Not by its history alone, which may be shortened.
  return begunAt === undefined ? !wasActive(row, to) : moveId(row) === begunAt;
}

const wasActive = (row: PointerRow, version: number): boolean =>
  isBarred(row, version) ||
  [row.previous, ...row.history.map((each) => each.version)].includes(version);

/** Where the changes of the active version are brought up to date. */
export interface ActiveTable extends Requests {
  table: string;
  version: number;
  schema: KeySchema;
  echoes: EchoLog;
}

/**
 * Adds to changes of the active version what its items are now, where that is something else: a record may have been
 * made before the pointer moved, and be older than what the other version holds. Cost: for each key, a strongly
 * consistent read of the active version, and a read unit of the log.
 *
 * @returns with them, the identities of the keys that a writer need not have changed since the pointer moved: the
 * replication made the last record, or another one follows
 */
export async function withCurrent(
  changes: readonly ChangeRecord[],
  { table, version, schema, echoes, ...at }: ActiveTable,
): Promise<{ changes: ChangeRecord[]; unsure: ReadonlySet<string> }> {
  const last = new Map<string, ItemChange>();
  for (const { oldImage, newImage } of changes) {
    const key = keyOf(newImage ?? oldImage ?? {}, schema);
    if (key) last.set(keyIdentity(key, schema), { key, oldImage, newImage });
  }
  const each = [...last.values()];
  const [found, known] = await Promise.all([
    getItems(
      at,
      table,
      schema,
      each.map(({ key }) => key),
    ),
    echoes.known({ version, schema }, each),
  ]);
  const text = (item: Item | undefined) => item && canonicalItem(item);
  const added: ChangeRecord[] = [];
  const unsure = new Set<string>();
  for (const [index, [id, { newImage }]] of [...last].entries()) {
    const current = found.get(id);
    const isCurrent = text(current) === text(newImage);
    if (!isCurrent) added.push({ oldImage: newImage, newImage: current });
    if (!isCurrent || known[index]) unsure.add(id);
  }
  return { changes: [...changes, ...added], unsure };
}

/** How {@link neededWrites} compares. */
export interface NeededOptions extends Requests {
  mapping: Mapping;
  /** How an item that is there maps to the version whose changes are replicated. */
  opposite: Mapping;
  /** Whether an item that is there, and maps to this image, is left as it is, whatever the image maps to. */
  staysFor: (image: Item) => boolean;
  echoes: EchoLog;
}

/**
 * Leaves out writes of what the target holds already, and enters the others in the log. So the records of the
 * replication's own writes, which both streams hold, come to nothing; an inverse that loses something does not lose it
 * of items that nobody wrote to. Cost: a strongly consistent read of each, and a write unit for each that is left.
 */
export function neededWrites({ mapping, opposite, staysFor, echoes, ...at }: NeededOptions) {
  const { target, targetSchema, context } = mapping;
  return async (writes: Write[], images: ReadonlyMap<string, Item>): Promise<Write[]> => {
    const keys = writes.map(
      (write) => keyOf("put" in write ? write.put : write.delete, targetSchema) as Item,
    );
    const live = await getItems(at, target, targetSchema, keys);
    const needed: Write[] = [];
    const changes: ItemChange[] = [];
    for (const write of writes) {
      const id = idOfWrite(write, targetSchema);
      const found = live.get(id);
      const there =
        "put" in write
          ? found !== undefined && (await agrees(found, write.put, images.get(id)))
          : found === undefined;
      if (there) continue;
      needed.push(write);
      const newImage = "put" in write ? write.put : undefined;
      const key = "put" in write ? write.put : write.delete;
      changes.push({ key, oldImage: found, newImage });
    }
    await echoes.add({ version: context.to, schema: targetSchema }, changes);
    return needed;
  };

  async function agrees(found: Item, put: Item, image: Item | undefined): Promise<boolean> {
    return isReplica(found, put, image && staysFor(image) ? image : undefined, opposite);
  }
}
