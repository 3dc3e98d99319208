import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { hasMocks, urnOf } from "../dynamic";
import { SwapError } from "../errors";
import {
  compareSettings,
  type Difference,
  Secret,
  type TableSettings,
  UNKNOWN_SETTING,
} from "./adopted-settings";
import { oneLineResourceError } from "./resource-error";
import { OWNER_TAG } from "./tags";

/** An existing table to adopt. */
export interface AdoptedTable {
  /** The resource's name. */
  name: string;
  version: number;
  /** The table's name. */
  table: string;
  /** The table's declared arguments. */
  args: aws.dynamodb.TableArgs;
  /** The owner tag that this component gives its tables. */
  owner: string;
  /** The component that it belongs to. */
  parent: pulumi.Resource;
  /** Whether the component was renamed, so that the state may hold the table under an old URN. */
  renamed: boolean;
}

/**
 * Refuses an adoption that would change the table: every setting must be declared as it is. Adoption adds
 * only deletion protection and missing tags, with a notice. A table that the stack already manages is not
 * compared. A table with another stack's owner tag is refused: that stack may delete it.
 *
 * Cost, while `adopt` is declared: a read of the stack's state and two functions of the aws provider.
 *
 * @throws pulumi.ResourceError
 */
export async function checkAdoption(adopted: AdoptedTable): Promise<void> {
  // In a program's unit test there is no table to compare with.
  if (hasMocks()) return;
  const { version, table, args, parent, renamed } = adopted;
  const refuse = (rule: string, fix: string): never => {
    const name = `versions.${version}.adopt`;
    throw oneLineResourceError(
      new SwapError("swap.input-invalid", { name, value: "true", rule, fix }),
      parent,
    );
  };
  const found = await findTable(adopted).catch((error: unknown) =>
    refuse(...unreadable(table, error)),
  );
  // In this preview the aws provider itself is not known yet.
  if (typeof found.arn !== "string" || found.arn === "") return;

  const managed = await managingUrn(found.arn);
  const own = await urnOf("aws:dynamodb/table:Table", adopted.name, adopted.parent);
  if (managed === own || (managed !== undefined && renamed)) return;
  if (managed !== undefined)
    refuse(
      `this stack manages table "${table}" already, as ${managed}`,
      "leave adopt out, and give the component that was renamed its old name as an alias",
    );

  const declared = await declaredSettings(args);
  const owner = found.tags?.[OWNER_TAG];
  const declaredOwner = (declared.tags as Record<string, unknown> | undefined)?.[OWNER_TAG];
  if (owner !== undefined && owner !== adopted.owner && owner !== declaredOwner)
    refuse(
      `tag "${OWNER_TAG}" of table "${table}" says that "${owner}" (project, stack and resource) manages it, and that one may delete it`,
      `leave the table to "${owner}"; once it has given the table up, delete the tag`,
    );
  const { differences, added } = compareSettings(
    declared,
    found as unknown as TableSettings,
    await defaultTags(parent),
  );
  if (differences.length > 0)
    refuse(
      `it would change table "${table}": ${differences.map(formatDifference).join(", ")}`,
      fixOf(differences),
    );
  if (added.length > 0)
    void pulumi.log.info(
      `table "${table}" is adopted as it is; added: ${added.join(", ")}`,
      parent,
    );
}

async function findTable({
  table,
  args,
  parent,
}: AdoptedTable): Promise<Partial<aws.dynamodb.GetTableResult>> {
  const region = await resolveSetting(args.region);
  // The update knows the value and compares it.
  if (region === UNKNOWN_SETTING) return {};
  return aws.dynamodb.getTable(
    { name: table, ...(typeof region === "string" && { region }) },
    { parent },
  );
}

/** Explains why a table could not be read. The provider's error text affects only the wording. */
function unreadable(table: string, error: unknown): [rule: string, fix: string] {
  const said = String((error as Error).message ?? error).replace(/\s+/g, " ");
  if (/ResourceNotFound|couldn't find resource|does not exist|empty result/i.test(said))
    return [
      `there is no table "${table}" where the aws provider looks`,
      "leave adopt out to have the table made, or correct alias, Region and account",
    ];
  return [
    `table "${table}" can't be compared with what the program declares: ${said.slice(0, 500)}`,
    "let the aws provider describe the table, its time to live, its backups and its tags",
  ];
}

/** Finds the URN under which this stack's state holds the table with this ARN. */
async function managingUrn(arn: string): Promise<string | undefined> {
  const all = Object.entries(await recordedResources());
  return all.find(([urn, { outputs }]) => VERSION_TABLE.test(urn) && outputs?.arn === arn)?.[0];
}

/**
 * The resources in this stack's state, by URN; none where they are unknown. A table that is in none of them is compared
 * with what is declared, which is safe.
 */
export async function recordedResources(): Promise<
  Record<string, { outputs?: Record<string, unknown> }>
> {
  const names = [
    () => `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`,
    () => pulumi.getStack(),
  ];
  for (const stackName of names) {
    try {
      const { outputs } = await pulumi.runtime.invoke(
        "pulumi:pulumi:readStackResourceOutputs",
        { stackName: stackName() },
        { async: true },
      );
      if (outputs) return outputs;
    } catch {
      // This backend uses another form of stack names.
    }
  }
  return {};
}

const VERSION_TABLE = /[:$]swap:index:VersionedTable\$aws:dynamodb\/table:Table::/;

async function declaredSettings(args: aws.dynamodb.TableArgs): Promise<TableSettings> {
  const settings: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(args)) settings[name] = await resolveSetting(value);
  return settings;
}

/** Waits for a value, which a preview may not know. */
async function resolveSetting(value: unknown): Promise<unknown> {
  const seen: unknown[] = [];
  const output = pulumi.output(value as string).apply((known) => {
    seen.push(known);
  });
  // Resolves for an unknown value too, for which `apply` does not run.
  const secret = await pulumi.isSecret(output);
  if (seen.length === 0) return UNKNOWN_SETTING;
  return secret ? new Secret(seen[0]) : seen[0];
}

async function defaultTags(parent: pulumi.Resource): Promise<Record<string, string>> {
  const { tags } = await aws.getDefaultTags({}, { parent });
  return tags ?? {};
}

function formatDifference({ setting, found, declared, reason }: Difference): string {
  if (reason !== undefined) return `${setting} (${reason})`;
  return `${setting} (it has ${found ?? "none"}, declared is ${declared ?? "none"})`;
}

/** The fix: the lines to declare. */
function fixOf(differences: readonly Difference[]): string {
  const write = differences.flatMap(({ setting, found }) =>
    found === undefined ? [] : [`${setting}: ${found}`],
  );
  const hidden = differences.flatMap(({ setting, reason }) =>
    reason !== undefined && setting.includes(" of replica ") ? [setting] : [],
  );
  const leave = differences.flatMap(({ setting, found, declared, reason }) =>
    found === undefined && (declared !== undefined || (reason && !hidden.includes(setting)))
      ? [setting]
      : [],
  );
  return [
    write.length > 0 && `declare ${write.join(", ")}`,
    hidden.length > 0 && `declare ${hidden.join(", ")}`,
    leave.length > 0 && `leave ${leave.join(", ")} out until the table is adopted`,
  ]
    .filter((part) => part !== false)
    .join("; ");
}
