import type * as pulumi from "@pulumi/pulumi";
import { SwapError } from "../errors";
import { assertVersion, NAMED_VERSION, tableName } from "../pointer";
import { formatValue } from "../validation";

/** The source that a version's table is restored from at creation. */
export type RestoreFrom =
  | number
  | {
      /** The version whose table is restored. It needs point-in-time recovery. */
      version: number;
      /** The time to restore to, as in `2026-01-14T08:00:00Z`. Default: the latest restorable time. */
      at?: string;
    };

/** The aws provider's arguments that restore a table to a point in time. */
export interface RestoreArgs {
  restoreSourceName: pulumi.Input<string>;
  restoreToLatestTime?: true;
  restoreDateTime?: string;
}

/**
 * Arguments that matter only at a table's creation. Later changes are ignored: an existing table is never
 * restored again, nor replaced if the argument is removed.
 */
export const RESTORE_ARGS = [
  "restoreSourceName",
  "restoreSourceTableArn",
  "restoreDateTime",
  "restoreToLatestTime",
];

const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/**
 * The version to restore from and the table arguments for it.
 *
 * @throws SwapError `swap.version-out-of-range`, or `swap.input-invalid` for an invalid time and for a
 * source that is not a smaller version
 * @param first the table of version 1, if it does not have the conventional name
 */
export function restoreOf(
  alias: string,
  version: number,
  from: RestoreFrom,
  first?: string,
): { source: number; args: RestoreArgs } {
  const name = `versions.${version}.restoreFrom`;
  const { version: source, at } = typeof from === "object" ? from : { version: from };
  assertVersion(source);
  if (source >= version)
    throw new SwapError("swap.input-invalid", {
      name,
      value: String(source),
      rule: `version ${version} can only be restored from a smaller one`,
      fix: `name the version whose data version ${version} is to start with`,
    });
  const own = source === NAMED_VERSION ? first : undefined;
  const args = { restoreSourceName: own ?? tableName(alias, source) };
  if (at === undefined || at === null)
    return { source, args: { ...args, restoreToLatestTime: true } };
  if (typeof at !== "string" || !MOMENT.test(at) || Number.isNaN(Date.parse(at)))
    throw new SwapError("swap.input-invalid", {
      name: `${name}.at`,
      value: formatValue(at),
      rule: "want a moment with date, time and zone",
      fix: 'use a form such as "2026-01-14T08:00:00Z", or leave it out for the latest moment',
    });
  return { source, args: { ...args, restoreDateTime: at } };
}
