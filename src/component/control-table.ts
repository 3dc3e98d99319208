import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { lastWriterWinsWarning } from "../aws";
import type { ConnectionArgs } from "../dynamic";
import { SwapError } from "../errors";
import { assertAlias } from "../pointer";
import { assertFields, defined, formatType, invalidInput } from "../validation";
import { checkedTopics } from "./alarm-topics";
import { connectionOf } from "./connection";
import { sendMoves, streamArgs } from "./move-events";
import { controlTableReadPolicy, controlTableWritePolicy } from "./policies";
import { inOneLine, oneLineResourceError } from "./resource-error";
import { dynamicResources, type ResourceFactory } from "./resource-factory";

export interface ControlTableArgs {
  /**
   * The table's name. Default: `<resource name>_swap` at creation; a component that is renamed later keeps
   * its table.
   */
  name?: pulumi.Input<string>;
  /**
   * Refuse to delete the table, by DynamoDB's deletion protection and, in previews, by Pulumi's `protect`.
   * Only a plain `false` lifts `protect`; an output does not.
   * @default true
   */
  deletionProtection?: pulumi.Input<boolean>;
  /**
   * For deleting a whole stack: lifts both protections. Takes effect with the `pulumi up` that sets it.
   * @default false
   */
  forceDestroy?: boolean;
  /**
   * Keep continuous backups.
   * @default true
   */
  pointInTimeRecovery?: pulumi.Input<boolean>;
  /** ARN of a customer managed KMS key. Default: a key owned by DynamoDB. */
  kmsKeyArn?: pulumi.Input<string>;
  /** Tags of the table. */
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /**
   * First versions by alias, for existing data sets. Each is written only if the alias has no row, with
   * `at` = 0; a live pointer is never moved.
   */
  seed?: Record<string, number>;
  /**
   * The aliases that `readPolicy` and `writePolicy` reach. Default: every row of the table. Policies for
   * others come from `readPolicyFor` and `writePolicyFor`.
   */
  aliases?: string[];
  /**
   * Send each move of a pointer to EventBridge: the ARN of an event bus, or `default`. Turns the table's
   * stream on, in place. An existing stream of another view type is refused. Without
   * it the stream is turned off again, also for its other readers.
   */
  events?: pulumi.Input<string>;
  /**
   * ARNs of 1 to 5 SNS topics that hear when `events` fails to send a move, of the table's Region: makes two
   * CloudWatch alarms.
   * Default: none.
   */
  eventTopics?: pulumi.Input<pulumi.Input<string>[]>;
  /** The table's Region. Default: the aws provider's. */
  region?: pulumi.Input<string>;
  /** How the seed reaches DynamoDB. Default: as the aws provider does. */
  connection?: pulumi.Input<ConnectionArgs>;
}

const FIELDS = Object.keys({
  name: true,
  deletionProtection: true,
  forceDestroy: true,
  pointInTimeRecovery: true,
  kmsKeyArn: true,
  tags: true,
  seed: true,
  aliases: true,
  events: true,
  eventTopics: true,
  region: true,
  connection: true,
} satisfies Record<keyof ControlTableArgs, true>);

/**
 * The table of pointers, with one small row per alias. On-demand billing, with point-in-time recovery and
 * deletion protection unless explicitly turned off. One control table serves any number of aliases and
 * stacks.
 */
export class ControlTable extends pulumi.ComponentResource {
  /** The table's name; unknown until the table exists, so that dependents wait for it. */
  declare readonly name: pulumi.Output<string>;
  /** The table's ARN. */
  declare readonly arn: pulumi.Output<string>;
  /**
   * IAM policy document (JSON) to read the pointers of `aliases`: GetItem and BatchGetItem. Without
   * `aliases`: the pointers of every alias, and a separate statement to list them, Scan.
   */
  declare readonly readPolicy: pulumi.Output<string>;
  /**
   * IAM policy document (JSON) to read and advance the pointers of `aliases`, or of every alias without
   * `aliases`: GetItem, UpdateItem.
   */
  declare readonly writePolicy: pulumi.Output<string>;

  constructor(
    name: string,
    args: ControlTableArgs = {},
    opts: pulumi.ComponentResourceOptions = {},
  ) {
    super("swap:index:ControlTable", name, {}, opts);
    inOneLine(this, () => assertFields("ControlTable argument", args, FIELDS));
    const unprotected = args.forceDestroy === true || args.deletionProtection === false;
    const tableName = args.name ?? `${name}_swap`;
    const { events, kmsKeyArn, region, tags } = args;
    const aliases = args.aliases && this.checkAliases(args.aliases);
    // Before the table is declared: without events, its stream would be turned off first.
    const toTell = { name: "eventTopics", needed: true, region } as const;
    const topics = checkedTopics(toTell, args.eventTopics, this);
    if (topics && events === undefined)
      throw oneLineResourceError(
        invalidInput(
          "events",
          "undefined",
          "want a bus, of whose failures eventTopics hear",
          'write events: "default", or leave eventTopics out',
        ),
        this,
      );
    const table = new aws.dynamodb.Table(
      name,
      {
        name: tableName,
        billingMode: "PAY_PER_REQUEST",
        hashKey: "pk",
        attributes: [{ name: "pk", type: "S" }],
        pointInTimeRecovery: { enabled: args.pointInTimeRecovery ?? true },
        deletionProtectionEnabled: unprotected ? false : (args.deletionProtection ?? true),
        ...(kmsKeyArn !== undefined && { serverSideEncryption: { enabled: true, kmsKeyArn } }),
        ...(events !== undefined &&
          streamArgs(events, {
            resource: name,
            name: args.name,
            newName: `${name}_swap`,
            region,
            parent: this,
          })),
        ...defined({ tags, region }),
      },
      {
        parent: this,
        ...(!unprotected && { protect: true }),
        // A component that is renamed with a Pulumi alias keeps its table.
        ...(args.name === undefined && { ignoreChanges: ["name"] }),
      },
    );
    pulumi
      .all([table.name, table.replicas])
      .apply(([tableName, replicas]) => warnOfDeclaredReplicas(tableName, replicas ?? [], this));
    this.name = table.id;
    this.arn = table.arn;
    this.readPolicy = controlTableReadPolicy(table.arn, aliases);
    this.writePolicy = controlTableWritePolicy(table.arn, aliases);
    if (events !== undefined)
      sendMoves({ name, bus: events, topics, table, kmsKeyArn, region, tags, parent: this });
    const connection = connectionOf(this, args.connection, region);
    for (const [alias, version] of Object.entries(args.seed ?? {}))
      this.resourceFactory.pointerSeed(
        `${name}-seed-${alias}`,
        {
          alias,
          version,
          controlTable: table.id,
          controlTableArn: table.arn,
          ...defined({ connection }),
        },
        { parent: this },
      );
    this.registerOutputs({
      name: this.name,
      arn: this.arn,
      readPolicy: this.readPolicy,
      writePolicy: this.writePolicy,
    });
  }

  /**
   * IAM policy document (JSON) to read the pointers of these aliases and no others: GetItem and
   * BatchGetItem.
   *
   * @throws pulumi.ResourceError for a name that is no alias, or for none
   */
  readPolicyFor(aliases: readonly string[]): pulumi.Output<string> {
    return controlTableReadPolicy(this.arn, this.checkAliases(aliases));
  }

  /**
   * IAM policy document (JSON) to read and advance the pointers of these aliases and no others: GetItem,
   * UpdateItem. A Go writer needs no more.
   *
   * @throws pulumi.ResourceError for a name that is no alias, or for none
   */
  writePolicyFor(aliases: readonly string[]): pulumi.Output<string> {
    return controlTableWritePolicy(this.arn, this.checkAliases(aliases));
  }

  /**
   * Checks names of aliases for a policy: an empty list would match no row, and a misspelt name another
   * alias's row.
   */
  private checkAliases(aliases: readonly string[]): readonly string[] {
    return inOneLine(this, () => {
      if (!Array.isArray(aliases) || aliases.length === 0)
        throw new SwapError("swap.input-invalid", {
          name: "aliases",
          value: Array.isArray(aliases) ? "[]" : formatType(aliases),
          rule: "want the aliases that the policy reaches",
          fix: 'pass their names, such as ["orders"]',
        });
      for (const alias of aliases) assertAlias(alias);
      return [...new Set<string>(aliases)];
    });
  }

  /** The resource factory of the seeds. Not for programs. */
  protected get resourceFactory(): ResourceFactory {
    return dynamicResources;
  }
}

/** Warns of replicas, which a transformation or another program may add to the table. */
function warnOfDeclaredReplicas(
  name: string,
  replicas: { regionName: string; consistencyMode?: string }[],
  component: pulumi.Resource,
): void {
  const regions = replicas
    .filter(({ consistencyMode }) => consistencyMode !== "STRONG")
    .map(({ regionName }) => regionName);
  if (regions.length > 0) void pulumi.log.warn(lastWriterWinsWarning(name, regions), component);
}
