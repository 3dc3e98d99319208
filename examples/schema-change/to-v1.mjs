/** The inverse of to-v2.mjs: an invoice of version 2 as version 1 has it. */
export default function toVersion1({ openUntil, ...invoice }) {
  return { ...invoice, paid: { BOOL: openUntil === undefined } };
}
