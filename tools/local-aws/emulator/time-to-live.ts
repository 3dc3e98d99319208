import { validation } from "./failure";
import { member, text } from "./json";
import { type Operation, tableNamed } from "./request-context";

/**
 * Keeps the setting; no item is ever expired. AWS promises expiry only "within a few days", so a
 * program has to cope with expired items anyway.
 */
export const updateTimeToLive: Operation = async (context, { metadata }) => {
  const table = await tableNamed(context, context.input.TableName);
  const wanted = member(context.input, "TimeToLiveSpecification") ?? {};
  const attribute = text(wanted, "AttributeName");
  if (!attribute || typeof wanted.Enabled !== "boolean") {
    throw validation("TimeToLiveSpecification needs an AttributeName and Enabled");
  }
  const tableMetadata = metadata.get(table);
  if (tableMetadata.ttlAttribute !== undefined && tableMetadata.ttlAttribute !== attribute) {
    throw validation("TimeToLive is active on a different AttributeName");
  }
  if (wanted.Enabled === (tableMetadata.ttlAttribute !== undefined)) {
    throw validation(`TimeToLive is already ${wanted.Enabled ? "enabled" : "disabled"}`);
  }
  if (wanted.Enabled) tableMetadata.ttlAttribute = attribute;
  else delete tableMetadata.ttlAttribute;
  metadata.set(table, tableMetadata);
  return { TimeToLiveSpecification: { AttributeName: attribute, Enabled: wanted.Enabled } };
};

export const describeTimeToLive: Operation = async (context, { metadata }) => {
  const { ttlAttribute } = metadata.get(await tableNamed(context, context.input.TableName));
  return {
    TimeToLiveDescription:
      ttlAttribute === undefined
        ? { TimeToLiveStatus: "DISABLED" }
        : { TimeToLiveStatus: "ENABLED", AttributeName: ttlAttribute },
  };
};
