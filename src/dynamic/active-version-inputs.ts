import { assertTableArn } from "../aws";
import { type Connection, checkConnection } from "../aws/connection";
import { isSwapError, SwapError } from "../errors";
import {
  assertAlias,
  assertAuditText,
  assertOwnTableName,
  assertVersion,
  NAMED_VERSION,
  type PointerRow,
  tableOf,
} from "../pointer";
import { checkReadiness, type ReadinessOptions } from "../readiness";
import { formatValue, hasUnknown } from "../validation";
import type { Clients } from "./clients";
import type { CheckFailure, Untrusted } from "./protocol";

/** Inputs of an alias's active version. */
export interface ActiveVersionInputs {
  alias: string;
  controlTable: string;
  /** The version to be active: a whole number from 1 to 2^53-1. */
  version: number;
  /** The version's table; it must be `<alias>_v<version>`, or the one that the row or `firstTable` names. */
  table?: string;
  /** The table of version 1, if it is not named `<alias>_v1`. */
  firstTable?: string;
  /** The version's table's ARN; the connection must reach its partition, account and Region. */
  tableArn?: string;
  /** The control table's ARN; the connection must reach this table. */
  controlTableArn?: string;
  /** Move the pointer only from this version (compare-and-swap). */
  expect?: number;
  /** Reason for the change; kept in the history. */
  reason?: string;
  /** Actor of the change; kept in the history. */
  actor?: string;
  /** Conditions for moving the pointer to the version. */
  readiness?: ReadinessOptions;
  /** The version to roll back from, while it is live; afterwards it is barred. */
  rollbackFrom?: number;
  /** A barred version whose bar is lifted. */
  liftBar?: number;
  /** Versions whose tables the same program declares; a retired version among them is reopened. */
  declaredVersions?: number[];
  /** The version whose items a migration copies to the version: that needs a verification. */
  migratedFrom?: number;
  /** The migration that the program declares, whichever of its versions is to be active. */
  migration?: DeclaredSwitch;
  /** Whether a delete keeps the pointer (the default) or removes it. */
  onDelete?: "keep" | "release";
  connection?: Connection;
  /** For lines only. The engine shows no property of such a name, and it is no difference. */
  __retention?: TableRetention;
}

/** How long a VersionedTable keeps the table of a version that is left. */
export interface TableRetention {
  /** As `90s`, `24h`, `7d`; absent if deletions are forced. */
  grace?: string;
  /** See `retention.keep`. */
  keep?: number;
  unmanaged?: number[];
}

/** What a move between two versions has to know of the migration between them. */
export interface DeclaredSwitch {
  /** The version that is copied. */
  from: number;
  /** The version that is filled. */
  to: number;
  /** What the writers do during a move; the move is refused without it. */
  writers?: "fenced" | "stopped";
  /** Absent if items are copied unchanged. */
  transform?: TransformModule;
  /** How items go back: "same" if unchanged; absent if they don't, so that a rollback abandons what was written. */
  inverse?: TransformModule | "same";
}

/** A transform as the functions of a migration have it. */
export interface TransformModule {
  /** The module's text, without types. */
  code: string;
  /** 16 hexadecimal digits of the file's SHA-256, which the record of a copy holds. */
  hash: string;
}

/** The hash of an inverse; "same" if items go back unchanged, "none" if they don't go back. */
export const inverseHash = (inverse: TransformModule | "same" | undefined): string =>
  inverse === "same" ? inverse : (inverse?.hash ?? "none");

/**
 * Checks that a value can be the control table's name.
 *
 * @throws SwapError `swap.input-invalid`
 */
export function assertControlTable(value: unknown): void {
  if (typeof value !== "string" || !/^[A-Za-z0-9_.-]{3,255}$/.test(value))
    throw new SwapError("swap.input-invalid", {
      name: "controlTable",
      value: formatValue(value),
      rule: "want 3 to 255 letters, digits, '_', '-' or '.'",
      fix: "pass the control table's name, or a ControlTable",
    });
}

type Rules = { [K in keyof ActiveVersionInputs]-?: (value: unknown) => void };

const optional = (rule: (value: unknown) => void) => (value: unknown) => {
  if (value !== undefined && value !== null) rule(value);
};

const rules: Rules = {
  alias: assertAlias,
  controlTable: assertControlTable,
  version: assertVersion,
  table: () => {},
  firstTable: () => {},
  tableArn: optional((value) => assertTableArn("tableArn", value)),
  controlTableArn: optional((value) => assertTableArn("controlTableArn", value)),
  expect: optional(assertVersion),
  reason: optional((value) => assertAuditText("reason", value)),
  actor: optional((value) => assertAuditText("actor", value)),
  readiness: optional((value) => checkReadiness(value)),
  rollbackFrom: optional(assertVersion),
  liftBar: optional(assertVersion),
  declaredVersions: optional((value) => {
    if (Array.isArray(value)) for (const version of value) assertVersion(version);
  }),
  migratedFrom: optional(assertVersion),
  migration: optional(checkSwitch),
  onDelete: optional((value) => {
    if (value !== "keep" && value !== "release")
      throw new SwapError("swap.input-invalid", {
        name: "onDelete",
        value: formatValue(value),
        rule: 'want "keep" or "release"',
        fix: 'leave it out to keep the pointer, or say "release" to remove it with the resource',
      });
  }),
  connection: optional((value) => checkConnection(value as Connection)),
  __retention: () => {},
};

function checkSwitch(value: unknown): void {
  const { from, to, writers, transform, inverse } = value as Partial<DeclaredSwitch>;
  const isModule = (module: TransformModule | undefined) =>
    module == null || [module.code, module.hash].every((each) => typeof each === "string");
  const sound =
    [from, to].every((version) => Number.isSafeInteger(version)) &&
    [undefined, null, "fenced", "stopped"].includes(writers) &&
    isModule(transform) &&
    (inverse === "same" || isModule(inverse));
  if (!sound)
    throw new SwapError("swap.input-invalid", {
      name: "migration",
      value: formatValue(value),
      rule: "want { from, to } with writers and transform: { code, hash }",
      fix: "leave it to VersionedTable, which passes it for migrateFrom",
    });
}

/** Checks the known inputs and returns all failures, each with a one-line message. Unknown inputs pass. */
export function inputFailures(news: Untrusted<ActiveVersionInputs>): CheckFailure[] {
  const failures = Object.entries(rules).flatMap(([property, rule]) => {
    const value = news[property as keyof ActiveVersionInputs];
    return hasUnknown(value) ? [] : failuresOf(property, () => rule(value));
  });
  if (failures.length > 0 || hasUnknown([news.alias, news.version])) return failures;
  const { alias, controlTable, firstTable } = news as ActiveVersionInputs;
  if (hasUnknown(firstTable)) return failures;
  const misnamed = failuresOf("firstTable", () => {
    if (firstTable !== undefined && firstTable !== null)
      assertOwnTableName(alias, NAMED_VERSION, firstTable, controlTable);
  });
  if (misnamed.length > 0) return misnamed;
  // The row may name the table of version 1: the live row then decides.
  if (news.version === NAMED_VERSION && (firstTable ?? undefined) === undefined) return failures;
  return failuresOf("table", () => {
    const refusal = tableRefusal(news, { tableNames: declaredNames(news as ActiveVersionInputs) });
    if (refusal) throw refusal;
  });
}

/** The names that a program declares, as a row records them. */
export const declaredNames = ({ firstTable }: Pick<ActiveVersionInputs, "firstTable">) =>
  firstTable === undefined || firstTable === null ? {} : { [NAMED_VERSION]: firstTable };

/**
 * Why the declared table is not the version's; undefined if it is, or is not known yet.
 *
 * @param row the row as it will be when the pointer moves
 */
export function tableRefusal(
  { alias, version, table }: Untrusted<ActiveVersionInputs>,
  row: Pick<PointerRow, "tableNames"> | undefined,
): SwapError | undefined {
  const expected = tableOf(alias as string, version as number, row);
  if (table === undefined || table === null || hasUnknown(table) || table === expected)
    return undefined;
  return new SwapError("swap.input-invalid", {
    name: "table",
    value: formatValue(table),
    rule: `the table of version ${version} of alias "${alias}" is "${expected}"`,
    fix: `pass "${expected}", or leave it out`,
  });
}

/**
 * Checks that a client can be created for a resource's connection over the stack's settings. Needs no
 * table, so even a first preview refuses an invalid connection.
 */
export function connectionFailures(clients: Clients, connection: unknown): CheckFailure[] {
  if (hasUnknown(connection)) return [];
  return failuresOf("connection", () => void clients.get((connection ?? {}) as Connection));
}

/** Runs a rule and converts the error that it throws to a Pulumi check failure. */
export function failuresOf(property: string, rule: () => void): CheckFailure[] {
  try {
    rule();
    return [];
  } catch (error) {
    if (!isSwapError(error)) throw error;
    // Omit the property: Pulumi prints its value, and an endpoint may hold a password.
    return [{ property: property === "connection" ? "" : property, reason: error.line }];
  }
}
