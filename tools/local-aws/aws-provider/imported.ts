import type { Props } from "../../../src/plugin/host/values";
import { ON_DEMAND } from "./table";

/** The inputs that lead to these outputs, as `pulumi import` needs them: without defaults. */
export function inputsOf(outs: Props): Props {
  const onDemand = outs.billingMode === ON_DEMAND;
  const recovery = outs.pointInTimeRecovery as { enabled: boolean };
  const inputs: Props = {
    name: outs.name,
    billingMode: outs.billingMode,
    hashKey: outs.hashKey,
    rangeKey: outs.rangeKey,
    attributes: outs.attributes,
    ...(!onDemand && { readCapacity: outs.readCapacity, writeCapacity: outs.writeCapacity }),
    globalSecondaryIndexes: filled(outs.globalSecondaryIndexes)?.map((index) => {
      const { keySchemas: _, readCapacity, writeCapacity, ...rest } = index;
      return { ...rest, ...(!onDemand && { readCapacity, writeCapacity }) };
    }),
    localSecondaryIndexes: filled(outs.localSecondaryIndexes),
    ...(outs.streamEnabled === true && {
      streamEnabled: true,
      streamViewType: outs.streamViewType,
    }),
    ...((outs.ttl as { enabled: boolean }).enabled && { ttl: outs.ttl }),
    ...(recovery.enabled && { pointInTimeRecovery: recovery }),
    ...(outs.deletionProtectionEnabled === true && { deletionProtectionEnabled: true }),
    ...(outs.tableClass !== "STANDARD" && { tableClass: outs.tableClass }),
    ...(Object.keys(outs.tags as object).length > 0 && { tags: outs.tags }),
    __defaults: [],
  };
  return inputs;
}

const filled = (list: unknown): Props[] | undefined =>
  Array.isArray(list) && list.length > 0 ? list : undefined;
