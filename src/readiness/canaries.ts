import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import { send } from "../aws";
import { type Item, type KeySchema, keyList, keyText } from "../items";
import { describeDifference, type Scalar } from "./difference";
import type { Candidate, Gate, Verdict } from "./gate";
import { keySchemaOf } from "./key-schema";
import { projection } from "./projection";
import { ReadMeter } from "./read-meter";
import { refuseIfTableMissing, request, type TableTarget } from "./request";

/** An item that must be present. */
export interface Canary {
  /** The table's key attributes. A binary key is given in base64. */
  key: Record<string, string | number>;
  /** Top-level attributes it must have, compared by DynamoDB type and value. */
  attributes?: Record<string, Scalar>;
}

/** Items read at a time. */
const MAX_CONCURRENCY = 8;

/**
 * A gate that passes if each canary item is in the version's table with the given attributes. A refusal
 * names an attribute and its DynamoDB type, never a value.
 *
 * Cost: one consistent GetItem a canary, 1 read unit for each 4 KB of the item, 1 when it is missing; one
 * DescribeTable. Needs both on the table.
 */
export function canaries(wanted: readonly Canary[]): Gate {
  return {
    name: "canaries",
    pauseMs: 5_000,
    check: (candidate, signal) =>
      refuseIfTableMissing(candidate, () => find(candidate, wanted, signal)),
  };
}

async function find(
  { client, table }: Candidate,
  wanted: readonly Canary[],
  signal?: AbortSignal,
): Promise<Verdict> {
  const at: TableTarget = { client, table, signal };
  const schema = await keySchemaOf(at);
  const sought: TypedCanary[] = [];
  for (const [index, { key, attributes }] of wanted.entries()) {
    const typed = typedKey(key, schema);
    if (!typed) return keyMismatch(index, table, schema);
    sought.push({ key: typed, attributes: attributes ?? {} });
  }

  const meter = new ReadMeter(Number.POSITIVE_INFINITY);
  const missing: string[] = [];
  const differing: string[] = [];
  for (let start = 0; start < sought.length; start += MAX_CONCURRENCY) {
    const now = sought.slice(start, start + MAX_CONCURRENCY);
    const items = await Promise.all(now.map((each) => read(at, each, meter)));
    for (const [index, { key, attributes }] of now.entries()) {
      const item = items[index];
      const found = item && differences(attributes, item);
      if (!found) missing.push(`${keyText(key, schema)} is missing`);
      else if (found.length > 0)
        differing.push(`${keyText(key, schema)} has ${found.join(" and ")}`);
    }
  }
  if (missing.length + differing.length === 0)
    return { ready: true, note: `all ${wanted.length} present, ${meter.used} read units` };
  return {
    ready: false,
    reason:
      `of ${wanted.length} canary items in "${table}", ${missing.length} missing and ` +
      `${differing.length} differing: ${keyList([...missing, ...differing])}`,
    fix: `finish the backfill of "${table}", or correct readiness.canaries`,
  };
}

interface TypedCanary {
  key: Item;
  attributes: Record<string, Scalar>;
}

async function read(
  at: TableTarget,
  { key, attributes }: TypedCanary,
  meter: ReadMeter,
): Promise<Item | undefined> {
  const command = new GetItemCommand({
    TableName: at.table,
    Key: key,
    ConsistentRead: true,
    ...projection([...Object.keys(key), ...Object.keys(attributes)]),
    ReturnConsumedCapacity: "TOTAL",
  });
  const answer = await request(at, "GetItem", (options) =>
    send(at.client, command, options.abortSignal, "readiness"),
  );
  meter.add(answer.ConsumedCapacity?.CapacityUnits, 1);
  return answer.Item;
}

function differences(attributes: Record<string, Scalar>, item: Item): string[] {
  return Object.entries(attributes).flatMap(([name, value]) => {
    const found = describeDifference(value, Object.hasOwn(item, name) ? item[name] : undefined);
    return found === undefined ? [] : [`${JSON.stringify(name)} ${found}`];
  });
}

/** Converts a key to DynamoDB's types; undefined if its names or types don't match the table's schema. */
function typedKey(key: Canary["key"], schema: KeySchema): Item | undefined {
  if (Object.keys(key).length !== schema.length) return undefined;
  const typed: Item = {};
  for (const { name, type } of schema) {
    const value = key[name];
    if (typeof value !== (type === "N" ? "number" : "string")) return undefined;
    if (type === "B") typed[name] = { B: Buffer.from(String(value), "base64") };
    else typed[name] = type === "N" ? { N: String(value) } : { S: String(value) };
  }
  return typed;
}

const keyTypeNames = { S: "text", N: "a number", B: "base64 text" } as const;

function keyMismatch(index: number, table: string, schema: KeySchema): Verdict {
  const want = schema.map(({ name, type }) => `${JSON.stringify(name)} (${keyTypeNames[type]})`);
  return {
    ready: false,
    final: true,
    reason: `readiness.canaries[${index}].key is no key of "${table}", want ${want.join(" and ")}`,
    fix: "give exactly the table's key attributes",
  };
}
