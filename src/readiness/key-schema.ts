import { type KeySchema, keySchemaFrom } from "../items";
import { describe, type TableTarget } from "./request";

/** Reads a table's key schema: one DescribeTable, no read capacity. */
export async function keySchemaOf(at: TableTarget): Promise<KeySchema> {
  return keySchemaFrom(at.table, await describe(at));
}
