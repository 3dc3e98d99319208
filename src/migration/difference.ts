import { type Item, keyIdentity } from "../items";
import type { Mapping } from "./transform";

/** The kinds of {@link ItemDifference}, as they are listed. */
export const differenceKinds = ["missing", "different", "extra", "collision", "failed"] as const;

/**
 * How a target differs from what the source maps to:
 *
 * - `missing`: the item is not in the target
 * - `different`: the target holds another value, such as an older one
 * - `extra`: no source item maps to the target's item, such as one that was deleted from the source
 * - `collision`: several source keys map to one target key
 * - `failed`: the transform fails for the source item
 */
export type DifferenceKind = (typeof differenceKinds)[number];

/** One difference. It holds keys and no values. */
export interface ItemDifference {
  kind: DifferenceKind;
  /** Absent for `extra`. */
  sourceKey?: Item | undefined;
  /** Absent for `failed`. */
  targetKey?: Item | undefined;
  /** For `failed`: why. For `collision`: the other source key. */
  reason?: string | undefined;
}

/** The number of differences of each kind. */
export type DifferenceCounts = Record<DifferenceKind, number>;

export function countDifferences(differences: readonly ItemDifference[]): DifferenceCounts {
  const counts = { missing: 0, different: 0, extra: 0, collision: 0, failed: 0 };
  for (const { kind } of differences) counts[kind] += 1;
  return counts;
}

/** Drops what was found twice, such as a key that two candidates led to. */
export function distinctDifferences(
  differences: readonly ItemDifference[],
  { sourceSchema, targetSchema }: Mapping,
): ItemDifference[] {
  const identity = ({ kind, sourceKey, targetKey }: ItemDifference) =>
    [
      kind,
      sourceKey && keyIdentity(sourceKey, sourceSchema),
      targetKey && keyIdentity(targetKey, targetSchema),
    ].join("\n");
  return [...new Map(differences.map((each) => [identity(each), each])).values()];
}
