import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { describeTable } from "../aws";
import { assertStreamsSdk } from "../aws/change-stream";
import { match, SwapError } from "../errors";
import { type MigrationStart, MigrationStore } from "../migration";
import { type PointerRow, tableOf, type WritableControlTableRef } from "../pointer";
import { comparesVersions, migrationOptions } from "../readiness";
import {
  type ActiveVersionInputs,
  type DeclaredSwitch,
  inverseHash,
} from "./active-version-inputs";
import { rollbackSource } from "./active-version-rules";

/**
 * Why a version that a migration fills can't become active: it needs another active version, whose items are
 * copied, a table from an earlier update, since the copy begins with that update's end, and the gate `migration` or
 * `verify`. Why a version that functions fill, by their record, can't become active by a program that does not declare
 * it, or while another version than the copied one is active: the move would be made without a fence and a drain. And
 * why the gate `migration` can't be declared for a version that none fills. Undefined if it can, or if it is active. For a
 * rollback, why it does not go by the files by which what was written goes back.
 *
 * Cost: one DescribeTable, and one consistent GetItem of `<alias>_migration`; two for a version that functions fill.
 *
 * @throws SwapError if that record can't be read
 */
export async function migratedRefusal(
  { client }: WritableControlTableRef,
  inputs: ActiveVersionInputs,
  live: PointerRow | undefined,
): Promise<SwapError | undefined> {
  const { alias, version, readiness, migration } = inputs;
  const migratedFrom = inputs.migratedFrom ?? undefined;
  if (live?.version === version) return undefined;
  const left = rollbackSource(inputs, live);
  if (left) return rollbackRefused(client, inputs, left);
  const started = live && (await migrationStart(client, alias, version));
  const undeclared = live && undeclaredMigration(inputs, live, started);
  if (undeclared) return undeclared;
  if (migratedFrom === undefined)
    return live !== undefined && migrationOptions(readiness) !== undefined
      ? new SwapError("swap.input-invalid", {
          name: "readiness.migration",
          value: "declared",
          rule: `nothing fills version ${version}: it has no migrateFrom`,
          fix: `write versions: { ${version}: { migrateFrom: { version: ${live.version} } } }, or readiness: { verify: { within: "1h" } } for a copy of swap migrate copy`,
        })
      : undefined;
  const refused = (rule: string, fix: string) =>
    new SwapError("swap.input-invalid", {
      name: "activeVersion",
      value: String(version),
      rule: `migrateFrom fills the version with the items of version ${migratedFrom}, and ${rule}`,
      fix,
    });
  const first = `write activeVersion: ${live?.version ?? migratedFrom} and run pulumi up; activate version ${version} when swap status ${alias} ${version} shows that it is ready`;
  if (live === undefined) return refused("no version is active, so nothing is copied", first);
  if ((await describeTable(client, tableOf(alias, version, live))) === undefined)
    return refused("its table does not exist yet, so nothing is copied", first);
  if (!comparesVersions(readiness))
    return refused(
      "nothing shows that the copy is done",
      `write readiness: { migration: true }; swap status ${alias} ${version} shows what it waits for`,
    );
  if (migration?.writers) assertStreamsSdk();
  return (
    migration &&
    (withoutWriters(migration) ??
      otherTransform(migration, started) ??
      (await otherInverse(client, alias, migration, started)))
  );
}

/**
 * Why a rollback that leaves a version whose writes go back, by the record of its migration, would lose some: the program
 * does not say what the writers do, or has another transform or inverse than the record, or none. Undefined if it does,
 * and if nothing goes back, by the record too: an inverse that came too late counts as none.
 */
async function rollbackRefused(
  client: DynamoDBClient,
  inputs: ActiveVersionInputs,
  live: PointerRow,
): Promise<SwapError | undefined> {
  const { alias, version, migration } = inputs;
  const from = live.version;
  const declared = migration?.to === from && migration.from === version ? migration : undefined;
  if (declared?.inverse != null) {
    if (declared.writers) assertStreamsSdk();
    const refusal = withoutWriters(declared);
    if (refusal) return refusal;
  }
  const command = `swap rollback ${alias} --from ${from}`;
  const started = await migrationStart(client, alias, from).catch((error: unknown) => {
    if (!match(error, "swap.access-denied")) throw error;
    const fix = `${error.payload.fix}; or, if no functions fill version ${from}, run ${command} --abandon`;
    throw new SwapError("swap.access-denied", { ...error.payload, fix }, { cause: error });
  });
  const wayBack =
    started?.engine === "lambda" && started.from === version
      ? await new MigrationStore({ client }, alias, from).wayBack(started.run)
      : undefined;
  // An inverse that came too late can be neither used nor, where it is implied, taken out.
  const late = wayBack?.proof?.late;
  if (started === undefined || wayBack === undefined || late)
    return declared?.inverse == null
      ? undefined
      : new SwapError("swap.not-ready", {
          alias,
          version,
          table: tableOf(alias, version, live),
          gate: "migration",
          reason: `nothing shows that what was written to version ${from} goes back: ${late ? "it was active before its inverse was declared" : "its migration has not recorded the inverse"}`,
          fix: `to leave those writes in ${tableOf(alias, from, live)}, take migrateFrom out in this pulumi up, or run ${command} --abandon`,
        });
  const other = (name: string, value: string, rule: string) =>
    new SwapError("swap.input-invalid", {
      name,
      value,
      rule: `${rule}, so that the rollback would lose writes`,
      fix: `declare migrateFrom as it was; if that is refused, since it was taken out, run ${command} with --writers, --transform and --inverse; or leave what was written to version ${from}, with --abandon`,
    });
  if (declared === undefined)
    return other(
      "rollbackFrom",
      String(from),
      `what was written to version ${from} goes back by its migration, and the program has no migrateFrom for it`,
    );
  for (const [field, hash, recorded] of [
    ["transform", declared.transform?.hash ?? "none", started.transform],
    ["inverse", inverseHash(declared.inverse), wayBack.inverse],
  ] as const)
    if (hash !== recorded)
      return other(
        `versions.${from}.migrateFrom.${field}`,
        hash,
        `the migration has the ${field} ${recorded}`,
      );
  return undefined;
}

/** How a version's migration was started; undefined without one, as for an alias too long for a migration's table. */
async function migrationStart(
  client: DynamoDBClient,
  alias: string,
  version: number,
): Promise<MigrationStart | undefined> {
  let store: MigrationStore;
  try {
    store = new MigrationStore({ client }, alias, version);
  } catch (error) {
    if (match(error, "swap.alias-invalid")) return undefined;
    throw error;
  }
  return store.started();
}

/**
 * Why a version that functions fill, by their record, can't become active by a move that does not cross their
 * migration; undefined if it crosses it, or if functions fill none.
 */
function undeclaredMigration(
  { version, migration }: ActiveVersionInputs,
  live: PointerRow,
  started: MigrationStart | undefined,
): SwapError | undefined {
  if (started?.engine !== "lambda") return undefined;
  const { from } = started;
  const isActive = from === live.version;
  if (isActive && migration?.from === from && migration.to === version) return undefined;
  const declared = `versions: { ${version}: { migrateFrom: { version: ${live.version} } } }`;
  return new SwapError("swap.input-invalid", {
    name: "activeVersion",
    value: String(version),
    rule: `its migration from version ${from} is recorded, and ${isActive ? "the program has no migrateFrom, so that the move would lose writes" : `version ${live.version} is active`}`,
    fix: isActive
      ? `write ${declared}, with the options that it had, until version ${version} is active`
      : `take migrateFrom out, run pulumi up, and write ${declared}, which copies again`,
  });
}

/**
 * Why a transform that was changed since the copy keeps its version from becoming active: the same update would give it
 * to functions that refuse to go on with the copy, and only after the move. Undefined if it is the copy's.
 */
function otherTransform(
  { to, transform }: DeclaredSwitch,
  started: MigrationStart | undefined,
): SwapError | undefined {
  const hash = transform?.hash ?? "none";
  if (started?.engine !== "lambda" || started.transform === hash) return undefined;
  return new SwapError("swap.input-invalid", {
    name: `versions.${to}.migrateFrom.transform`,
    value: hash,
    rule: `the copy was made by transform ${started.transform}, and its functions would refuse another one after the move`,
    fix: "take the change of the transform back; or take migrateFrom out, run pulumi up, and declare it again, which copies again",
  });
}

/**
 * Why an inverse that is declared, changed or taken out by the update that moves keeps its version from becoming active:
 * the functions would get it, and it would be proven, only after the move. Undefined if it is the recorded one.
 */
async function otherInverse(
  client: DynamoDBClient,
  alias: string,
  { to, inverse }: DeclaredSwitch,
  started: MigrationStart | undefined,
): Promise<SwapError | undefined> {
  if (started?.engine !== "lambda") return undefined;
  const declared = inverseHash(inverse);
  const wayBack = await new MigrationStore({ client }, alias, to).wayBack(started.run);
  const recorded = wayBack?.inverse ?? "none";
  if (recorded === declared) return undefined;
  return new SwapError("swap.input-invalid", {
    name: `versions.${to}.migrateFrom.inverse`,
    value: declared,
    rule: `the migration has the inverse ${recorded}, and another one is proven only by an update that does not move the pointer`,
    fix: `run pulumi up with activeVersion: ${started.from} first, or take the change of the inverse back`,
  });
}

/** Why a move between the versions of a migration needs to know what the writers do; undefined if it does. */
function withoutWriters({ to, writers }: DeclaredSwitch): SwapError | undefined {
  if (writers) return undefined;
  return new SwapError("swap.input-invalid", {
    name: `versions.${to}.migrateFrom.writers`,
    value: "(left out)",
    rule: "writers that go on while the pointer moves would lose writes",
    fix: 'write writers: "fenced" if each of them uses pulumi-swap/reader/fenced, or writers: "stopped" if none writes during pulumi up',
  });
}
