import { readError } from "../../errors/read";
import { formatValue } from "../../validation";

/** Longest alias for which `<alias>_v1` is still a table name (DynamoDB allows 255 characters). */
export const MAX_ALIAS_LENGTH = 252;

/**
 * Checks that `alias` can name versioned tables: 1 to {@link MAX_ALIAS_LENGTH} of the characters
 * that DynamoDB allows in a table name (`a-z A-Z 0-9 _ . -`).
 *
 * @throws SwapError `swap.alias-invalid`
 * @see DynamoDB Developer Guide, "Naming rules"
 */
export function assertAlias(alias: unknown): asserts alias is string {
  const rule = aliasRule(alias);
  if (rule !== undefined)
    throw readError("swap.alias-invalid", {
      alias: typeof alias === "string" ? alias : alias == null ? "" : formatValue(alias),
      rule,
    });
}

function aliasRule(alias: unknown): string | undefined {
  if (typeof alias !== "string") return `it is ${alias === null ? "null" : typeof alias}, not text`;
  if (alias === "") return "it is empty";
  const bad = /[^A-Za-z0-9_.-]/u.exec(alias);
  if (bad) return `${JSON.stringify(bad[0])} is not allowed in a DynamoDB table name`;
  if (alias.length > MAX_ALIAS_LENGTH)
    return `it has ${alias.length} characters, at most ${MAX_ALIAS_LENGTH} leave room for "_v1"`;
  return undefined;
}
