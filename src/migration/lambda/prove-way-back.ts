import { randomBytes } from "node:crypto";
import { type AttributeValue, ScanCommand } from "@aws-sdk/client-dynamodb";
import { SwapError } from "../../errors";
import { canonicalItem, type Item, type KeySchema, keyOf, keyText } from "../../items";
import { wasNeverActive } from "../replication";
import { sendRequest } from "../request";
import { type Mapping, mapItem } from "../transform";
import type { WayBackProof } from "../way-back";
import { writeItems } from "../write-items";
import type { Migration } from "./open";
import { assertSameCopy } from "./recorded-copy";
import { messageOf } from "./replay-outcome";

/** Parts of the source that items are sampled from, and items of each. */
const SAMPLED_PARTS = 16;
const SAMPLED_ITEMS = 25;

/**
 * Proves that what will be written to the new version can go back, and has its stream's records delivered: the function
 * may write to the old version, and sampled items of it come back as they were. It runs with the role that replicates.
 * That it can't be proven is recorded.
 *
 * The stream has to be read since before the new version was first active: it holds records for 24 hours, and what was
 * written before does not go back.
 *
 * @param enable enables the mapping of the new version's stream
 * @returns false before the replay has begun, and if nothing goes back: then nothing is done
 * @throws SwapError `swap.input-invalid` if the new version was active before its stream was read; what a request, or
 * `enable`, throws
 */
export async function proveWayBack(
  migration: Migration,
  enable: () => Promise<void>,
  now: () => number = Date.now,
): Promise<boolean> {
  const { store, inverse, inverseHash, lossy } = migration;
  const started = await store.started();
  if (started?.replayFrom === undefined || inverse === undefined) return false;
  assertSameCopy(started, migration);
  const { run } = started;
  let whole = (await store.wayBack(run))?.whole === true;
  const proof: WayBackProof = { at: now(), sampled: 0, changed: 0, failed: 0, lossy };
  try {
    // A move after this look loses nothing: the stream holds what is written from then on.
    proof.late = !whole && !(await wasNeverActive(migration, started.moveId));
    if (proof.late) throw tooLate(migration);
    await proveWrite(migration, inverse.targetSchema);
    await enable();
    whole = true;
    await sampleInverse(migration, inverse, proof);
  } catch (error) {
    await store.recordProof(run, inverseHash, { ...proof, failure: messageOf(error) }, whole);
    throw error;
  }
  await store.recordProof(run, inverseHash, proof, whole);
  return true;
}

const tooLate = ({ from, to }: Migration): SwapError =>
  new SwapError("swap.input-invalid", {
    name: "inverse",
    value: `of version ${to}`,
    rule: `version ${to} has been active without it, and what was written to it then does not go back to version ${from}`,
    fix: `declare the inverse with the next version that is copied from version ${to}; a rollback leaves these writes there`,
  });

/** Deletes a key that no item has: it is 16 random bytes. So nothing changes, and no stream gets a record. */
async function proveWrite({ client, source }: Migration, schema: KeySchema): Promise<void> {
  const random = (type: string): AttributeValue => {
    const bytes = randomBytes(16);
    if (type === "B") return { B: bytes };
    const number = BigInt(`0x${bytes.toString("hex")}`)
      .toString()
      .slice(0, 38);
    return type === "N" ? { N: number } : { S: `swap-${bytes.toString("hex")}` };
  };
  const key = Object.fromEntries(schema.map(({ name, type }) => [name, random(type)]));
  await writeItems({ client, table: source }, [{ delete: key }]);
}

async function sampleInverse(
  { client, source, mapping }: Migration,
  inverse: Mapping,
  proof: WayBackProof,
): Promise<void> {
  for (let Segment = 0; Segment < SAMPLED_PARTS; Segment++) {
    const command = new ScanCommand({
      TableName: source,
      Segment,
      TotalSegments: SAMPLED_PARTS,
      Limit: SAMPLED_ITEMS,
    });
    const { Items = [] } = await sendRequest({ client }, source, "Scan", command);
    for (const item of Items) await addSample(item, mapping, inverse, proof);
  }
}

async function addSample(
  item: Item,
  mapping: Mapping,
  inverse: Mapping,
  proof: WayBackProof,
): Promise<void> {
  const there = await mapItem(item, mapping);
  // What is left out, or parked, is not in the new version.
  if (there.kind !== "item") return;
  proof.sampled += 1;
  const back = await mapItem(there.item, inverse);
  if (back.kind === "item" && canonicalItem(back.item) === canonicalItem(item)) return;
  // An item that comes back with another key is another item, which no declared loss covers.
  const key = keyText(keyOf(item, mapping.sourceSchema) as Item, mapping.sourceSchema);
  const isSame = back.kind === "item" && keyText(back.key, mapping.sourceSchema) === key;
  if (isSame) proof.changed += 1;
  else proof.failed += 1;
  proof.example ??= `${key} ${isSame ? "comes back as another item" : back.kind === "failed" ? `does not come back: ${back.reason}` : "does not come back"}`;
}
