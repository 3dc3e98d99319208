export { canonicalItem, canonicalValue } from "./canonical";
export { canonicalDecimal } from "./decimal";
export { copyItem, type Item } from "./item";
export {
  hasKey,
  type KeySchema,
  type KeyType,
  keyFault,
  keyIdentity,
  keyList,
  keyOf,
  keySchemaFrom,
  keyText,
} from "./keys";
export { sameForm } from "./same-form";
