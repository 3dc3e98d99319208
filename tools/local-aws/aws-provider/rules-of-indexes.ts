import { hasUnknown, UNKNOWN } from "../../../src/plugin/host/values";
import { type Rule, refusal } from "./refusal";
import { keysOf, ON_DEMAND, PROVISIONED } from "./table";

export const billingRule: Rule = (table) => {
  const { billingMode } = table;
  if (billingMode === UNKNOWN) return [];
  if (billingMode !== PROVISIONED && billingMode !== ON_DEMAND) {
    const rule = `billingMode is "${billingMode}": it must be ${PROVISIONED} or ${ON_DEMAND}`;
    return [refusal("billingMode", rule)];
  }
  const restored = table.restoreSourceName || table.restoreSourceTableArn;
  return (["readCapacity", "writeCapacity"] as const).flatMap((capacity) => {
    const units = table[capacity] ?? 0;
    if ((units as unknown) === UNKNOWN || (restored && units === 0)) return [];
    return capacityRefusals(billingMode, capacity, units).map((why) => refusal(capacity, why));
  });
};

export const globalIndexesRule: Rule = ({ globalSecondaryIndexes, billingMode }) => {
  if (hasUnknown([globalSecondaryIndexes, billingMode])) return [];
  return (globalSecondaryIndexes ?? []).flatMap((index) => {
    const hashes = index.keySchemas?.filter((key) => key.keyType === "HASH").length ?? 1;
    const several = hashes > 1 || (index.keySchemas?.length ?? 0) - hashes > 1;
    const reasons = [
      ...(keysOf(index).hashKey ? [] : ["has no hashKey: name its partition key attribute"]),
      ...(several
        ? [
            "has keys of several attributes, which the local aws stand-in cannot honour: use the real AWS provider",
          ]
        : []),
      ...projectionRefusals(index),
      ...(["readCapacity", "writeCapacity"] as const).flatMap((capacity) =>
        capacityRefusals(billingMode, capacity, index[capacity] ?? 0),
      ),
    ];
    return reasons.map((why) => refusal("globalSecondaryIndexes", `index "${index.name}": ${why}`));
  });
};

export const localIndexesRule: Rule = ({ localSecondaryIndexes, rangeKey }) => {
  if (hasUnknown([localSecondaryIndexes, rangeKey])) return [];
  return (localSecondaryIndexes ?? []).flatMap((index) => {
    const reasons = [
      ...(rangeKey ? [] : ["needs a table with a rangeKey: add one, or use a global index"]),
      ...(index.rangeKey ? [] : ["has no rangeKey: name its sort key attribute"]),
      ...projectionRefusals(index),
    ];
    return reasons.map((why) => refusal("localSecondaryIndexes", `index "${index.name}": ${why}`));
  });
};

function capacityRefusals(billingMode: string, capacity: string, units: number): string[] {
  if (billingMode === PROVISIONED && !(units >= 1)) {
    return [
      `${capacity} must be at least 1 when billingMode is ${PROVISIONED}: set it, or billingMode: "${ON_DEMAND}"`,
    ];
  }
  if (billingMode === ON_DEMAND && units !== 0) {
    return [`${capacity} cannot be set when billingMode is ${ON_DEMAND}: remove it`];
  }
  return [];
}

function projectionRefusals(index: {
  projectionType: string;
  nonKeyAttributes?: string[];
}): string[] {
  const types = ["ALL", "INCLUDE", "KEYS_ONLY"];
  if (!types.includes(index.projectionType)) {
    return [`projectionType is "${index.projectionType}": it must be one of ${types.join(", ")}`];
  }
  const some = (index.nonKeyAttributes ?? []).length > 0;
  if (index.projectionType === "INCLUDE" && !some)
    return ["INCLUDE needs nonKeyAttributes: list them"];
  if (index.projectionType !== "INCLUDE" && some) {
    return [`nonKeyAttributes go with INCLUDE, not ${index.projectionType}: remove them`];
  }
  return [];
}
