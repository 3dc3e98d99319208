export { canonicalItem, canonicalValue, copyItem } from "./canonical";
export { canonicalDecimal } from "./decimal";
export {
  type Item,
  type KeySchema,
  type KeyType,
  keyIdentity,
  keyList,
  keyOf,
  keySchemaFrom,
  keyText,
} from "./keys";
