import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { hasMocks } from "../dynamic";
import { SwapError } from "../errors";
import {
  compareSettings,
  type Difference,
  Secret,
  type TableSettings,
  UNKNOWN_SETTING,
} from "./adopted-settings";
import { oneLineResourceError } from "./resource-error";

/** A table that exists and is to be taken under management. */
export interface AdoptedTable {
  /** The resource's name. */
  name: string;
  version: number;
  /** The table's name. */
  table: string;
  /** What the program declares of it. */
  args: aws.dynamodb.TableArgs;
  /** The component that it belongs to. */
  parent: pulumi.Resource;
  /** Whether the component was renamed, so that the state may hold the table under an old URN. */
  renamed: boolean;
}

/**
 * Refuses an adoption that would change the table: each setting has to be declared as it is. Only
 * deletion protection and further tags are added, which is announced. A table that the stack manages
 * already is not adopted, so it is not compared.
 *
 * Cost, while `adopt` is declared: a read of the stack's state and two functions of the aws provider.
 *
 * @throws pulumi.ResourceError
 */
export async function checkAdoption(adopted: AdoptedTable): Promise<void> {
  // A unit test of a program: nothing is there to be compared with.
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
  // A preview in which the aws provider itself is not known yet.
  if (typeof found.arn !== "string" || found.arn === "") return;

  const managed = await managingUrn(found.arn);
  const own = await urnOf(adopted);
  if (managed === own || (managed !== undefined && renamed)) return;
  if (managed !== undefined)
    refuse(
      `this stack manages table "${table}" already, as ${managed}`,
      "leave adopt out, and give the component that was renamed its old name as an alias",
    );

  const { differences, added } = compareSettings(
    await declaredSettings(args),
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
  // The update knows it, and compares then.
  if (region === UNKNOWN_SETTING) return {};
  return aws.dynamodb.getTable(
    { name: table, ...(typeof region === "string" && { region }) },
    { parent },
  );
}

/** The failure's text is the provider's; it decides only the wording here. */
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

/** Under which URN this stack's state holds a version's table with this ARN, if it does. */
async function managingUrn(arn: string): Promise<string | undefined> {
  const names = [
    `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`,
    pulumi.getStack(),
  ];
  for (const stackName of names) {
    try {
      const { outputs } = await pulumi.runtime.invoke(
        "pulumi:pulumi:readStackResourceOutputs",
        { stackName },
        { async: true },
      );
      const all = Object.entries(outputs as Record<string, { outputs?: { arn?: unknown } }>);
      return all.find(([urn, { outputs: of }]) => VERSION_TABLE.test(urn) && of?.arn === arn)?.[0];
    } catch {
      // A backend with other stack names.
    }
  }
  // Unknown: the table is compared, which is safe.
  return undefined;
}

const VERSION_TABLE = /[:$]swap:index:VersionedTable\$aws:dynamodb\/table:Table::/;

/** The URN that the table has, or gets. */
function urnOf({ name, parent }: AdoptedTable): Promise<string> {
  return new Promise((resolve) => {
    pulumi.createUrn(name, "aws:dynamodb/table:Table", parent).apply(resolve);
  });
}

async function declaredSettings(args: aws.dynamodb.TableArgs): Promise<TableSettings> {
  const settings: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(args)) settings[name] = await resolveSetting(value);
  return settings;
}

/** The value once it is known; a preview may not know it. */
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

/** The lines to write. */
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
