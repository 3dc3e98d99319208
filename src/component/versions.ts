import type * as aws from "@pulumi/aws";
import { SwapError } from "../errors";
import { assertVersion, tableName } from "../pointer";
import { formatValue } from "../validation";
import { type RestoreArgs, type RestoreFrom, restoreOf } from "./restore";

/** The arguments of a version's table; its name follows from the alias and the version. */
export type VersionTableArgs = Omit<aws.dynamodb.TableArgs, "name">;

/** What differs for one version. */
export interface VersionArgs extends Partial<VersionTableArgs> {
  /**
   * The table starts with another version's data: restored from that version's point in time when
   * it is made, and never again. The source table needs point-in-time recovery.
   */
  restoreFrom?: RestoreFrom;
  /**
   * The table exists already, made by hand or by a run that was cut off: it is taken under
   * management as it is, by Pulumi's `import`. A preview refuses it where the arguments differ from
   * the table, with each line to write; only deletion protection and further tags are added.
   * Harmless once that is done.
   * @default false
   */
  adopt?: boolean;
}

/** The versions that have a table: their numbers, or a map from number to what differs. */
export type Versions = readonly number[] | Record<string, VersionArgs>;

/** One declared version. */
export interface DeclaredVersion {
  version: number;
  table: string;
  overrides: Partial<VersionTableArgs>;
  /** The version it is restored from, and how. */
  restore?: { source: number; args: RestoreArgs };
  adopt?: boolean;
}

/**
 * The declared versions in ascending order.
 *
 * @throws SwapError `swap.version-out-of-range`, `swap.alias-invalid`, or `swap.input-invalid` when
 * none is declared, one is declared twice, or one can't be restored as declared
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
      rule: `alias "${alias}" needs at least one version`,
      fix: "declare one, such as versions: [1]",
    });
  const declared = entries.map(([version, args]): DeclaredVersion => {
    assertVersion(version);
    if (args != null && typeof args !== "object")
      throw malformed(`versions.${version}`, args, "it is no object of table arguments");
    const { restoreFrom, adopt, ...overrides } = args ?? {};
    return {
      version,
      table: tableName(alias, version),
      overrides,
      ...(restoreFrom != null && { restore: restoreOf(alias, version, restoreFrom) }),
      ...(adopt === true && { adopt }),
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
  return declared;
}

/** The Region that the tables' own arguments name; undefined where it is the aws provider's. */
export function tablesRegion(
  declared: readonly DeclaredVersion[],
  table: Partial<VersionTableArgs>,
): VersionTableArgs["region"] {
  return declared.map(({ overrides }) => overrides.region ?? table.region).find((each) => each);
}

/** All versions share one pointer, and readers stay in their Region. */
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

/** A declared source must have point-in-time recovery on, as far as the program shows. */
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

/** Keys of an object are text in JavaScript; only the plain decimal form names a version. */
function numberOfKey(key: string): unknown {
  return String(Number(key)) === key ? Number(key) : key;
}
