import { hasUnknown, UNKNOWN } from "../../../src/plugin/host/values";
import { type Rule, refusal } from "./refusal";
import { keyAttributes } from "./table";

export const nameRule: Rule = ({ name }) => {
  if (name === UNKNOWN || /^[a-zA-Z0-9_.-]{3,255}$/.test(name)) return [];
  const rule = "a table name has 3 to 255 letters, digits, underscores, dots or hyphens";
  return [refusal("name", `name is "${name}": ${rule}`)];
};

export const hashKeyRule: Rule = ({ hashKey, restoreSourceName, restoreSourceTableArn }) => {
  if (hashKey || restoreSourceName || restoreSourceTableArn) return [];
  return [refusal("hashKey", "a table needs a hashKey: name its partition key attribute")];
};

export const attributesRule: Rule = (table) => {
  const { attributes = [], globalSecondaryIndexes, localSecondaryIndexes } = table;
  if (!table.hashKey) return [];
  const keyed = [table.hashKey, table.rangeKey, globalSecondaryIndexes, localSecondaryIndexes];
  if (hasUnknown([attributes, ...keyed])) return [];
  const keys = keyAttributes(table);
  const names = attributes.map((attribute) => attribute.name);
  return [
    ...attributes
      .filter(({ type }) => !["S", "N", "B"].includes(type))
      .map((a) => `attribute "${a.name}" has type "${a.type}": a key is of type S, N or B`),
    ...names
      .filter((name, at) => names.indexOf(name) !== at)
      .map((name) => `attribute "${name}" is defined twice: remove one definition`),
    ...names
      .filter((name) => !keys.has(name))
      .map(
        (name) =>
          `attribute "${name}" is a key neither of the table nor of an index: attributes takes keys only, remove it`,
      ),
    ...[...keys]
      .filter((key) => !names.includes(key))
      .map((key) => `key "${key}" has no definition: add {name: "${key}", type: "S"}, or N or B`),
  ].map((reason) => refusal("attributes", reason));
};
