import type { DifferenceCounts, DifferenceKind, ItemDifference, Mapping } from "../../migration";
import { formatCount } from "../format";

/** Differences by kind, with the reason if they have one. */
export type DifferenceSamples = Record<DifferenceKind, { key: string; reason?: string }[]>;

/** The schemas by which keys are ordered; without them, attributes are as they were recorded. */
export type KeySchemas = Pick<Mapping, "sourceSchema" | "targetSchema">;

/** The key of a difference as a text: that of the source item, if it has one. */
export function differenceKeyText(
  { sourceKey, targetKey = {} }: ItemDifference,
  schemas?: KeySchemas,
): string {
  const { keyText } = require("../../items") as typeof import("../../items");
  return sourceKey
    ? keyText(sourceKey, schemas?.sourceSchema)
    : keyText(targetKey, schemas?.targetSchema);
}

export function sampleDifferences(
  differences: readonly ItemDifference[],
  schemas?: KeySchemas,
): DifferenceSamples {
  const { differenceKinds } = require("../../migration") as typeof import("../../migration");
  return Object.fromEntries(
    differenceKinds.map((kind) => [
      kind,
      differences
        .filter((each) => each.kind === kind)
        .map((each) => ({
          key: differenceKeyText(each, schemas),
          ...(each.reason !== undefined && { reason: each.reason }),
        })),
    ]),
  ) as DifferenceSamples;
}

/** Why no repair can end any of these differences; undefined if one can. */
export function unrepairable({
  failed,
  collision,
  ...others
}: DifferenceCounts): string | undefined {
  return Object.values(others).some((count) => count > 0)
    ? undefined
    : "no repair can end these; correct the transform or the items, and verify again";
}

/** Whether the transform left out each item that was read, as one without a return does. */
export const isAllLeftOut = (found: { sourceItems: number; leftOut: number }): boolean =>
  found.sourceItems > 0 && found.leftOut === found.sourceItems;

export const differencesText = (count: number): string =>
  count === 1 ? "1 difference" : `${formatCount(count)} differences`;

/** What was found, in a few words. */
export function outcomeText(differences: number, complete: boolean): string {
  if (complete) return differences === 0 ? "they agree" : differencesText(differences);
  return differences === 0
    ? "no difference found, but not all items could be compared: run it again while nothing writes"
    : `at least ${differencesText(differences)}`;
}
