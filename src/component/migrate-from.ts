import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import * as nodeModule from "node:module";
import { resolve } from "node:path";
import type { TransformModule } from "../dynamic";
import { SwapError } from "../errors";
import { assertVersion } from "../pointer";
import { formatValue } from "../validation";

/** A migration of another version's items to the version that declares it. */
export interface MigrateFrom {
  /** The version whose items are copied: a smaller one, which is declared. */
  version: number;
  /**
   * File of the transform, from the program's folder: its default export makes an item of the new version.
   * `.mjs`, or `.ts` with types that can be erased. It may import modules of Node, and nothing else. Default:
   * items are copied unchanged.
   */
  transform?: string;
  /**
   * File of the inverse, as `transform`: its default export makes an item of the old version from one of the new, so
   * that a rollback loses nothing. Default: without `transform` and with the same key, items go back unchanged; else
   * nothing goes back.
   */
  inverse?: string;
  /**
   * Declares that `inverse(transform(item))` may differ from the item. Without it the gate `migration` refuses an
   * inverse that changes a sampled item.
   */
  loss?: "declared";
  /**
   * Segments of the copy, 1 to 1,000. It counts when the copy starts.
   * @default 64
   */
  segments?: number;
  /**
   * Segments that are copied at a time, 1 to 1,000.
   * @default 8
   */
  concurrency?: number;
  /**
   * What the writers do while `pulumi up` moves the pointer between the two versions. `fenced`: each of them uses
   * `pulumi-swap/reader/fenced`, which holds writes meanwhile. `stopped`: none of them writes. There is no default: the
   * move is refused without it, since writes of others would be lost.
   */
  writers?: Writers;
}

/** What keeps writers from losing writes in a switch. */
export type Writers = "fenced" | "stopped";

/** A parsed {@link MigrateFrom}. */
export interface DeclaredMigration {
  source: number;
  segments: number;
  concurrency: number;
  writers?: Writers;
  transform?: TransformModule;
  /** How items go back: "same" if unchanged; absent if they don't. */
  inverse?: TransformModule | "same";
  /** Whether an item that goes there and back may differ. */
  lossy?: boolean;
}

/** The arguments that say what a table's key is. */
interface KeyArgs {
  hashKey?: unknown;
  rangeKey?: unknown;
  attributes?: unknown;
}

/** A migration whose items go back unchanged if they may: there is no transform, and both tables have the same key. */
export function withSameInverse(
  migration: DeclaredMigration,
  source: KeyArgs,
  target: KeyArgs,
): DeclaredMigration {
  const key = declaredKey(source);
  const same = key !== undefined && key === declaredKey(target);
  if (migration.transform || migration.inverse || !same) return migration;
  return { ...migration, inverse: "same" };
}

/** A text for a table's key; undefined if it is not known while the program runs. */
function declaredKey({ hashKey, rangeKey, attributes }: KeyArgs): string | undefined {
  const names = [hashKey, rangeKey ?? undefined].filter((name) => name !== undefined);
  const types = names.map(
    (name) => Array.isArray(attributes) && attributes.find((each) => each?.name === name)?.type,
  );
  const known = [...names, ...types].every((each) => typeof each === "string");
  return known && names.length > 0 ? JSON.stringify([names, types]) : undefined;
}

/** Table arguments that a migration needs of its source and its target. */
export const MIGRATION_STREAM = { streamEnabled: true, streamViewType: "NEW_AND_OLD_IMAGES" };

const MAX_SEGMENTS = 1_000;

/**
 * Parses a version's `migrateFrom`, and reads the transform.
 *
 * @throws SwapError `swap.input-invalid`, `swap.version-out-of-range`
 */
export function migrationOf(version: number, from: MigrateFrom): DeclaredMigration {
  const name = `versions.${version}.migrateFrom`;
  const refused = (field: string, value: unknown, rule: string, fix: string) =>
    new SwapError("swap.input-invalid", {
      name: field === "" ? name : `${name}.${field}`,
      value: formatValue(value),
      rule,
      fix,
    });
  if (typeof from !== "object" || from === null)
    throw refused("", from, "it is no object", `write { version: ${version - 1} }`);
  const {
    version: source,
    transform,
    inverse,
    loss,
    segments = 64,
    concurrency = 8,
    writers,
    ...others
  } = from;
  const [other] = Object.keys(others);
  if (other !== undefined)
    throw refused(
      other,
      (others as Record<string, unknown>)[other],
      "it is not known",
      "use version, transform, inverse, loss, segments, concurrency and writers",
    );
  assertVersion(source);
  if (source >= version)
    throw refused(
      "version",
      source,
      `version ${version} can only take over the items of a smaller one`,
      "name the version whose items are copied",
    );
  for (const [field, value] of Object.entries({ segments, concurrency }))
    if (!Number.isInteger(value) || value < 1 || value > MAX_SEGMENTS)
      throw refused(field, value, `want a whole number from 1 to ${MAX_SEGMENTS}`, "correct it");
  if (writers != null && writers !== "fenced" && writers !== "stopped")
    throw refused(
      "writers",
      writers,
      'want "fenced" or "stopped"',
      "say which holds during a move",
    );
  if (loss != null && loss !== "declared")
    throw refused("loss", loss, 'want "declared"', "leave it out, or declare the loss");
  if (loss != null && inverse == null)
    throw refused("loss", loss, "it describes an inverse", `write inverse: "./to-v${source}.mjs"`);
  return {
    source,
    segments,
    concurrency,
    ...(writers && { writers }),
    ...(transform != null && { transform: readCode("transform", transform, refused) }),
    ...(inverse != null && { inverse: readCode("inverse", inverse, refused) }),
    ...(loss != null && { lossy: true }),
  };
}

/** A statement that imports a module that is not Node's: `import … from`, `import "…"` or `export … from`. */
const IMPORT_OF_OTHER =
  /^\s*(?:import\b(?:[^"'`;()]*?\bfrom)?|export\s*(?:\*[^"'`;(){}]*?|\{[^"'`;(){}]*\}\s*)\bfrom)\s*["'](?!node:)([^"']+)["']/m;

type MappingField = "transform" | "inverse";

function readCode(
  field: MappingField,
  file: string,
  refused: (field: string, value: unknown, rule: string, fix: string) => SwapError,
): TransformModule {
  if (typeof file !== "string" || !/\.(mjs|ts)$/.test(file))
    throw refused(field, file, "want a .mjs or .ts file", "name a file such as ./to-v4.mjs");
  let content: string;
  try {
    content = readFileSync(resolve(file), "utf8");
  } catch (error) {
    const rule = `the file can't be read (${(error as NodeJS.ErrnoException).code})`;
    throw refused(field, file, rule, "name a file from the program's folder");
  }
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 16);
  const code = file.endsWith(".ts") ? withoutTypes(field, file, content, refused) : content;
  const imported = IMPORT_OF_OTHER.exec(code)?.[1];
  if (imported !== undefined)
    throw refused(
      field,
      file,
      `it imports ${JSON.stringify(imported)}, and the function's archive holds only the file`,
      "import only modules of Node, as node:NAME",
    );
  return { code, hash };
}

function withoutTypes(
  field: MappingField,
  file: string,
  content: string,
  refused: (field: string, value: unknown, rule: string, fix: string) => SwapError,
): string {
  const { stripTypeScriptTypes } = nodeModule as {
    stripTypeScriptTypes?: (code: string) => string;
  };
  const { emitWarning } = process;
  // Node warns that the function is experimental, in the middle of Pulumi's output.
  process.emitWarning = () => {};
  try {
    if (stripTypeScriptTypes) return stripTypeScriptTypes(content);
  } catch (error) {
    const reason = String((error as Error).message).split("\n", 1)[0];
    throw refused(field, file, `its types can't be erased: ${reason}`, "write it as .mjs");
  } finally {
    process.emitWarning = emitWarning;
  }
  throw refused(field, file, `Node.js ${process.version} erases no types`, "write it as .mjs");
}

/** What is checked of a table's arguments. */
interface MigratedTableArgs {
  streamViewType?: unknown;
  region?: unknown;
  serverSideEncryption?: unknown;
}

/** What is checked of a declared version. */
interface MigratedVersion {
  version: number;
  overrides: MigratedTableArgs;
  restore?: { source: number };
  migration?: DeclaredMigration;
}

/**
 * Refuses more than one migration, an undeclared source, streams of another view type, a Region of the tables' own,
 * and a customer's key, which the functions may not use.
 */
export function checkMigrations(
  declared: readonly MigratedVersion[],
  table: MigratedTableArgs,
): void {
  const migrating = declared.filter(({ migration }) => migration);
  const [first, second] = migrating;
  if (first?.migration === undefined) return;
  const refused = (name: string, value: unknown, rule: string, fix: string) =>
    new SwapError("swap.input-invalid", { name, value: formatValue(value), rule, fix });
  if (second)
    throw refused(
      `versions.${second.version}.migrateFrom`,
      second.migration?.source,
      `version ${first.version} has a migration, too, and an alias has one at a time`,
      `take migrateFrom out of version ${first.version}`,
    );
  const { source } = first.migration;
  if (!declared.some(({ version }) => version === source))
    throw refused(
      `versions.${first.version}.migrateFrom.version`,
      source,
      `version ${source} is not declared`,
      `declare it, such as ${source}: {}`,
    );
  if (first.restore)
    throw refused(
      `versions.${first.version}.restoreFrom`,
      first.restore.source,
      "a version is restored or migrated, not both",
      "leave one of them out",
    );
  for (const { version, overrides } of declared) {
    if (version !== source && version !== first.version) continue;
    const { region, serverSideEncryption } = { ...table, ...overrides };
    if (region !== undefined)
      throw refused(
        `region of version ${version}`,
        region,
        `the functions of the migration of version ${first.version} are in the Region of the aws provider`,
        "leave region out, and pass a provider of that Region to the component",
      );
    const { kmsKeyArn } = (serverSideEncryption ?? {}) as { kmsKeyArn?: unknown };
    if (kmsKeyArn !== undefined && kmsKeyArn !== null)
      throw refused(
        `serverSideEncryption.kmsKeyArn of version ${version}`,
        kmsKeyArn,
        `the functions of the migration of version ${first.version} may not use a customer's key`,
        "copy with swap migrate copy, whose caller may use the key",
      );
    const view = overrides.streamViewType ?? table.streamViewType;
    if (view === undefined || view === MIGRATION_STREAM.streamViewType) continue;
    throw refused(
      `streamViewType of version ${version}`,
      view,
      `the migration of version ${first.version} needs ${MIGRATION_STREAM.streamViewType}, and what reads the stream may need its view`,
      `declare streamViewType: "${MIGRATION_STREAM.streamViewType}", once its readers can take it`,
    );
  }
}
