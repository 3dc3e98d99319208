import type * as aws from "@pulumi/aws";
import { SwapError } from "../errors";
import { assertVersion, tableName } from "../pointer";

/** The arguments of a version's table; its name follows from the alias and the version. */
export type VersionTableArgs = Omit<aws.dynamodb.TableArgs, "name">;

/** The versions that have a table: their numbers, or a map from number to what differs. */
export type Versions = readonly number[] | Record<string, Partial<VersionTableArgs>>;

/** One declared version. */
export interface DeclaredVersion {
  version: number;
  table: string;
  overrides: Partial<VersionTableArgs>;
}

/**
 * The declared versions in ascending order.
 *
 * @throws SwapError `swap.version-out-of-range`, `swap.alias-invalid`, or `swap.input-invalid` when
 * none is declared or one is declared twice
 */
export function declaredVersions(alias: string, versions: Versions): DeclaredVersion[] {
  const entries: [unknown, Partial<VersionTableArgs>][] = Array.isArray(versions)
    ? versions.map((version) => [version, {}])
    : Object.entries(versions).map(([key, overrides]) => [numberOfKey(key), overrides]);
  if (entries.length === 0)
    throw new SwapError("swap.input-invalid", {
      name: "versions",
      value: "(none)",
      rule: `alias "${alias}" needs at least one version`,
      fix: "declare one, such as versions: [1]",
    });
  const declared = entries.map(([version, overrides]) => {
    assertVersion(version);
    return { version, table: tableName(alias, version), overrides };
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
  return declared;
}

/** Keys of an object are text in JavaScript; only the plain decimal form names a version. */
function numberOfKey(key: string): unknown {
  return String(Number(key)) === key ? Number(key) : key;
}
