export { canonicalItem, canonicalValue } from "./canonical";
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
