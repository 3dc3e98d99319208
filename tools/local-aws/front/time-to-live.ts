import { type Operation, tableNamed } from "./desk";
import { validation } from "./failure";
import { member, text } from "./json";

/**
 * Keeps the setting; no item is ever expired. AWS promises expiry only "within a few days", so a
 * program has to cope with expired items anyway.
 */
export const updateTimeToLive: Operation = async (visit, { notebook }) => {
  const table = await tableNamed(visit, visit.input.TableName);
  const wanted = member(visit.input, "TimeToLiveSpecification") ?? {};
  const attribute = text(wanted, "AttributeName");
  if (!attribute || typeof wanted.Enabled !== "boolean") {
    throw validation("TimeToLiveSpecification needs an AttributeName and Enabled");
  }
  const notes = notebook.of(table);
  if (notes.ttlAttribute !== undefined && notes.ttlAttribute !== attribute) {
    throw validation("TimeToLive is active on a different AttributeName");
  }
  if (wanted.Enabled === (notes.ttlAttribute !== undefined)) {
    throw validation(`TimeToLive is already ${wanted.Enabled ? "enabled" : "disabled"}`);
  }
  if (wanted.Enabled) notes.ttlAttribute = attribute;
  else delete notes.ttlAttribute;
  notebook.keep(table, notes);
  return { TimeToLiveSpecification: { AttributeName: attribute, Enabled: wanted.Enabled } };
};

export const describeTimeToLive: Operation = async (visit, { notebook }) => {
  const { ttlAttribute } = notebook.of(await tableNamed(visit, visit.input.TableName));
  return {
    TimeToLiveDescription:
      ttlAttribute === undefined
        ? { TimeToLiveStatus: "DISABLED" }
        : { TimeToLiveStatus: "ENABLED", AttributeName: ttlAttribute },
  };
};
