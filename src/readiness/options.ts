import { parseDuration } from "../validation";
import type { Canary } from "./canaries";
import type { CoverageOptions } from "./coverage";
import type { MigrationGateOptions } from "./migrated";
import type { MinItemsOptions } from "./min-items";
import { fields, flag, list, number, record, scalar, whole } from "./rules";
import type { VerifiedOptions } from "./verified";

/** The conditions for activating a version. Gates are checked in the order given here. */
export interface ReadinessOptions {
  /**
   * The version's table and its indexes are ACTIVE; `false` turns the gate off.
   * @default true
   */
  table?: boolean;
  /** The last `swap verify` from the active version is recent and found no differences. */
  verify?: VerifiedOptions;
  /**
   * The migration that fills the version (`migrateFrom`) is copied, caught up and verified: `true`, or bounds in place
   * of the defaults.
   * @default false
   */
  migration?: boolean | MigrationGateOptions;
  /** Items that must be present: 1 to 100. */
  canaries?: Canary[];
  /** The minimum number of items in the table. */
  minItems?: MinItemsOptions;
  /** How much of the active version must be present; `{}` for the defaults. */
  coverage?: CoverageOptions;
  /** How long to wait for the gates, such as "90s", "10m", "2h". Default: no wait. */
  waitFor?: string;
}

const positive = whole(1, Number.MAX_SAFE_INTEGER);

const keyValue = scalar(
  ["string", "number"],
  "a key value is text that is not empty, or a number",
  (value) => value !== "",
);
const attributeValue = scalar(
  ["string", "number", "boolean", "null"],
  "an attribute is compared with text, a number, true, false or null",
);

const migrationBounds = fields<MigrationGateOptions>({
  lag: parseDuration,
  verifiedWithin: parseDuration,
});

const rule = fields<ReadinessOptions>({
  table: flag,
  migration: (value, path) => {
    if (typeof value !== "boolean") migrationBounds(value, path);
  },
  canaries: list(
    1,
    100,
    fields<Canary>(
      {
        key: record(1, 2, keyValue),
        attributes: record(1, 100, attributeValue),
      },
      ["key"],
    ),
  ),
  minItems: fields<MinItemsOptions>({ count: positive, maxReadUnits: positive }, ["count"]),
  coverage: fields<CoverageOptions>({
    samples: whole(1, 10_000),
    ratio: number(
      (value) => value > 0 && value <= 1,
      "want a number above 0, up to 1",
      "leave it out to require all sampled items",
    ),
    maxReadUnits: positive,
  }),
  verify: fields<VerifiedOptions>(
    {
      within: parseDuration,
      differences: whole(0, Number.MAX_SAFE_INTEGER),
      transform: scalar(
        ["string"],
        'want a hash as swap verify --json prints it, or "none"',
        (value) => /^(none|[0-9a-f]{16})$/.test(String(value)),
      ),
    },
    ["within"],
  ),
  waitFor: parseDuration,
});

/** What the gate `migration` asks for; undefined if it is not declared. */
export function migrationOptions(
  options: ReadinessOptions | null | undefined,
): MigrationGateOptions | undefined {
  const migration = options?.migration ?? false;
  return migration === false ? undefined : migration === true ? {} : migration;
}

/** Whether a gate is declared that compares the version with the one that is active. */
export const comparesVersions = (options: ReadinessOptions | null | undefined): boolean =>
  (options?.verify ?? undefined) !== undefined || migrationOptions(options) !== undefined;

/**
 * Checks a program's `readiness` options. Omitted, null or undefined options take their defaults; an
 * unknown option is refused.
 *
 * @throws SwapError `swap.input-invalid` naming the option, the value, the rule and the fix
 */
export function checkReadiness(
  value: unknown,
): asserts value is ReadinessOptions | null | undefined {
  if (value !== undefined && value !== null) rule(value, "readiness");
}
