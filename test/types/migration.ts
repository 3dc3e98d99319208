import {
  type ChangeRecord,
  type ItemDifference,
  type Mapping,
  replayBatch,
  type Transform,
  type Verification,
} from "pulumi-swap/migration";
import { typed } from "./expect-type";

export const toCents: Transform = ({ total, ...item }, { from, to }) => {
  typed<number>()(from, true);
  typed<number>()(to, true);
  return total?.S === undefined ? undefined : { ...item, totalCents: { N: total.S } };
};

export const later: Transform = async (item) => item;

// @ts-expect-error: a plain value is no attribute value
export const plain: Transform = (item) => ({ ...item, total: 1 });

export const records: ChangeRecord[] = [{ newImage: { pk: { S: "a" } } }, {}];

// @ts-expect-error: options are needed
void replayBatch(records);

export const kinds = ({ differences }: Verification): ItemDifference["kind"][] =>
  differences.map(({ kind }) => kind);

typed<Transform | undefined>()({} as Mapping["transform"], true);
