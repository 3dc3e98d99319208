import type * as aws from "@pulumi/aws";
import { SwapError } from "../errors";
import { assertOwnTableName, assertVersion, NAMED_VERSION, tableName } from "../pointer";
import { formatValue } from "../validation";
import {
  checkMigrations,
  type DeclaredMigration,
  MIGRATION_STREAM,
  type MigrateFrom,
  migrationOf,
  withSameInverse,
} from "./migrate-from";
import { type RestoreArgs, type RestoreFrom, restoreOf } from "./restore";

/** The arguments of a version's table; its name follows from the alias and the version. */
export type VersionTableArgs = Omit<aws.dynamodb.TableArgs, "name">;

/** Arguments of one version that override the common ones. */
export interface VersionArgs extends Partial<VersionTableArgs> {
  /**
   * Start the table with another version's data: it is restored from that version's table once, at
   * creation. The source table needs point-in-time recovery.
   */
  restoreFrom?: RestoreFrom;
  /**
   * Adopt an existing table, created by hand or by an interrupted run, with Pulumi's `import`. A preview
   * refuses arguments that differ from the table and shows the lines to declare; only deletion protection
   * and missing tags are added. No effect once the table is adopted.
   * @default false
   */
  adopt?: boolean;
  /**
   * The table's name, for version 1 only: a table that was made by hand becomes version 1 as it is, without a
   * copy. It goes with `adopt: true`. Default: `<alias>_v<N>`. The control table records it; it can't be changed later. Go readers, and
   * readers of releases before this one, don't know it.
   */
  name?: string;
  /**
   * Fill the table with the items of another version while writers go on with that one: a copy, then a replay
   * of its changes. The copy starts once, with the `pulumi up` that declares it. Both tables get a stream.
   * Take it out after the cut-over: its resources are deleted.
   */
  migrateFrom?: MigrateFrom;
}

/** The versions that have a table: numbers, or a map from number to overriding arguments. */
export type Versions = readonly number[] | Record<string, VersionArgs>;

/** One declared version. */
export interface DeclaredVersion {
  version: number;
  table: string;
  overrides: Partial<VersionTableArgs>;
  /** The version it is restored from, and how. */
  restore?: { source: number; args: RestoreArgs };
  adopt?: boolean;
  migration?: DeclaredMigration;
  /** A migration turns the table's stream on; the program declares none. */
  addsStream?: true;
}

/**
 * Parses the declared versions, in ascending order.
 *
 * @throws SwapError `swap.version-out-of-range`, `swap.alias-invalid`, or `swap.input-invalid` when none is
 * declared, one is declared twice, or one can't be restored as declared
 */
export function declaredVersions(
  alias: string,
  versions: Versions,
  table: Partial<VersionTableArgs> = {},
): DeclaredVersion[] {
  const malformed = (name: string, value: unknown, rule: string) =>
    new SwapError("swap.input-invalid", {
      name,
      value: formatValue(value),
      rule,
      fix: "list numbers, such as [3, 4], or map them to what differs, such as { 4: {} }",
    });
  if (versions != null && typeof versions !== "object")
    throw malformed("versions", versions, "it is no list and no map");
  const entries: [unknown, VersionArgs][] = Array.isArray(versions)
    ? versions.map((version) => [version, {}])
    : Object.entries(versions ?? {}).map(([key, overrides]) => [numberOfKey(key), overrides]);
  if (entries.length === 0)
    throw new SwapError("swap.input-invalid", {
      name: "versions",
      value: "(none)",
      rule: "it is missing",
      fix: `declare at least one for alias "${alias}", such as versions: [1]`,
    });
  const named = entries.find(([version]) => version === NAMED_VERSION)?.[1]?.name;
  const first = ownName(alias, NAMED_VERSION, named);
  const declared = entries.map(([version, args]): DeclaredVersion => {
    assertVersion(version);
    if (args != null && typeof args !== "object")
      throw malformed(`versions.${version}`, args, "it is no object of table arguments");
    const { restoreFrom, adopt, name, migrateFrom, ...overrides } = args ?? {};
    const own = ownName(alias, version, name);
    if (own !== undefined && adopt !== true)
      throw new SwapError("swap.input-invalid", {
        name: `versions.${version}.name`,
        value: JSON.stringify(own),
        rule: "a name is for a table that exists, which this program does not adopt",
        fix: `write adopt: true next to it, also once it is adopted, or leave name out to have "${tableName(alias, version)}" made`,
      });
    return {
      version,
      table: own ?? tableName(alias, version),
      overrides,
      ...(restoreFrom != null && { restore: restoreOf(alias, version, restoreFrom, first) }),
      ...(adopt === true && { adopt }),
      ...(migrateFrom != null && { migration: migrationOf(version, migrateFrom) }),
    };
  });
  declared.sort((a, b) => a.version - b.version);
  const twice = declared.find((each, index) => each.version === declared[index + 1]?.version);
  if (twice)
    throw new SwapError("swap.input-invalid", {
      name: "versions",
      value: String(twice.version),
      rule: "it is declared twice",
      fix: "declare each version once",
    });
  for (const each of declared) checkRecoverable(each, declared, table);
  checkRegions(declared, table);
  checkMigrations(declared, table);
  return declared.map((each) => withInverse(withStream(each, declared, table), declared, table));
}

/** Lets items go back unchanged where nothing changes them. */
function withInverse(
  each: DeclaredVersion,
  declared: readonly DeclaredVersion[],
  table: Partial<VersionTableArgs>,
): DeclaredVersion {
  const { migration, overrides } = each;
  const source = declared.find(({ version }) => version === migration?.source);
  if (migration === undefined || source === undefined) return each;
  const [from, to] = [source.overrides, overrides].map((own) => ({ ...table, ...own }));
  return { ...each, migration: withSameInverse(migration, from ?? {}, to ?? {}) };
}

/** Turns the stream on that a migration needs of its source and its target. */
function withStream(
  each: DeclaredVersion,
  declared: readonly DeclaredVersion[],
  table: Partial<VersionTableArgs>,
): DeclaredVersion {
  const needed = declared.some(
    ({ version, migration }) =>
      migration && (version === each.version || migration.source === each.version),
  );
  if (!needed) return each;
  const overrides = { ...each.overrides, ...MIGRATION_STREAM };
  const declaresStream = each.overrides.streamViewType ?? table.streamViewType;
  return { ...each, overrides, ...(!declaresStream && { addsStream: true }) };
}

/** A version's own table name; undefined if it has the conventional one. */
function ownName(alias: string, version: number, name: unknown): string | undefined {
  if (name === undefined || name === null) return undefined;
  assertOwnTableName(alias, version, name);
  return name;
}

/** The table of version 1, if it does not have the conventional name. */
export function firstTableOf(
  alias: string,
  declared: readonly DeclaredVersion[],
): string | undefined {
  const table = declared.find(({ version }) => version === NAMED_VERSION)?.table;
  return table === tableName(alias, NAMED_VERSION) ? undefined : table;
}

/** The Region from the tables' arguments; undefined if it is the aws provider's. */
export function tablesRegion(
  declared: readonly DeclaredVersion[],
  table: Partial<VersionTableArgs>,
): VersionTableArgs["region"] {
  return declared.map(({ overrides }) => overrides.region ?? table.region).find((each) => each);
}

/** Refuses versions in different Regions: they share one pointer, and readers use one Region. */
function checkRegions(
  declared: readonly DeclaredVersion[],
  table: Partial<VersionTableArgs>,
): void {
  const regions = declared.map(({ version, overrides }) => ({
    version,
    region: overrides.region ?? table.region,
  }));
  const [first] = regions;
  const plain = (region: unknown) => region === undefined || typeof region === "string";
  const other = regions.find(
    ({ region }) => region !== first?.region && plain(region) && plain(first?.region),
  );
  if (other === undefined) return;
  throw new SwapError("swap.input-invalid", {
    name: `versions.${other.version}.region`,
    value: formatValue(other.region),
    rule: `version ${first?.version} is in ${first?.region ?? "the aws provider's Region"}, and one pointer leads to both`,
    fix: 'write the Region of all versions once, such as table: { region: "eu-west-1" }',
  });
}

/** Refuses a restore source that is declared without point-in-time recovery. */
function checkRecoverable(
  { version, restore }: DeclaredVersion,
  declared: readonly DeclaredVersion[],
  table: Partial<VersionTableArgs>,
): void {
  const source = declared.find((each) => each.version === restore?.source);
  if (!source) return;
  const recovery = source.overrides.pointInTimeRecovery ?? table.pointInTimeRecovery;
  if (recovery !== undefined && (recovery as { enabled?: unknown }).enabled !== false) return;
  throw new SwapError("swap.input-invalid", {
    name: `versions.${version}.restoreFrom`,
    value: String(source.version),
    rule: `the table of version ${source.version} has no point-in-time recovery`,
    fix: `set pointInTimeRecovery: { enabled: true } on version ${source.version} and run pulumi up first`,
  });
}

/** Parses an object key as a version; only plain decimal text is accepted. */
function numberOfKey(key: string): unknown {
  return String(Number(key)) === key ? Number(key) : key;
}
