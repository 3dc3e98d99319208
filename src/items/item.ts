import type { AttributeValue } from "@aws-sdk/client-dynamodb";

/** An item in DynamoDB's JSON form, such as `{ pk: { S: "a" }, total: { N: "1" } }`. */
export type Item = Record<string, AttributeValue>;

/** A deep copy, so that a change of one leaves the other as it was. */
export function copyItem(item: Item): Item {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, copyValue(value)]));
}

function copyValue(value: AttributeValue): AttributeValue {
  if (value.M !== undefined) return { M: copyItem(value.M) };
  if (value.L !== undefined) return { L: value.L.map(copyValue) };
  if (value.B !== undefined) return { B: new Uint8Array(value.B) };
  if (value.SS !== undefined) return { SS: [...value.SS] };
  if (value.NS !== undefined) return { NS: [...value.NS] };
  if (value.BS !== undefined) return { BS: value.BS.map((each) => new Uint8Array(each)) };
  return { ...value };
}
