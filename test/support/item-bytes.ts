import type { RawRow } from "../../src/pointer";

const { itemSize } = require("dynalite/db") as { itemSize(item: RawRow): number };

/** An item's size in bytes by dynalite's reading of DynamoDB's rule, which shares no code with ours. */
export function itemBytes(item: RawRow | undefined): number {
  // dynalite counts UTF-16 units of text where DynamoDB counts bytes of UTF-8.
  return itemSize(
    JSON.parse(JSON.stringify(item ?? {}), (_key, value) =>
      typeof value === "string" ? Buffer.from(value).toString("latin1") : value,
    ),
  );
}
