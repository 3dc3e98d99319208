import * as pulumi from "@pulumi/pulumi";
import { VERSION } from "../aws";
import { type Connection, mergeConnections, storableConnection } from "../aws/connection";
import { type ResourceFactory, stackAwsSettings } from "../component";
import {
  type ActiveVersionArgs,
  type ConnectionArgs,
  type PointerSeedArgs,
  type RetentionPlanArgs,
  refuseReleaseBeforeReplace,
  type VersionGuardArgs,
} from "../dynamic";
import { isSwapError } from "../errors";

/**
 * Options of a resource that the plugin serves. Its alias identifies it with the former dynamic resource,
 * so that nothing is recreated or deleted.
 */
function pluginOptions(type: string, opts: pulumi.CustomResourceOptions = {}) {
  return pulumi.mergeOptions(opts, {
    version: VERSION,
    aliases: [{ type: `pulumi-nodejs:dynamic/swap:${type}` }],
  });
}

/**
 * Adds the stack's `aws:` configuration as the connection if neither the arguments nor an explicit provider
 * set one: the engine gives a plugin only the configuration of its own package. The connection is stored in
 * the state, since a refresh or destroy runs no program.
 */
function withStackConnection<A extends { connection?: pulumi.Input<ConnectionArgs> }>(
  args: A,
  opts: pulumi.CustomResourceOptions = {},
): A {
  const explicit = opts.provider ?? opts.parent?.getProvider("swap:index:ActiveVersion");
  if (explicit) return { ...args };
  const ofStack = stackConnection();
  if (Object.keys(ofStack).length === 0) return { ...args };
  const connection =
    args.connection === undefined
      ? ofStack
      : pulumi.output(args.connection).apply((own) => mergeConnections(ofStack, own as Connection));
  return { ...args, connection };
}

/** Settings of the stack's `aws:` configuration that its `swap:` configuration does not set. */
function stackConnection(): Connection {
  const own = new pulumi.Config("swap");
  try {
    const connection = Object.entries(storableConnection(stackAwsSettings()));
    return Object.fromEntries(connection.filter(([name]) => own.get(name) === undefined));
  } catch (error) {
    if (isSwapError(error)) throw new pulumi.RunError(error.line);
    throw error;
  }
}

/** The swap, as the plugin serves it: the same as the dynamic resource of this name. */
export class ActiveVersion extends pulumi.CustomResource {
  /** The live version. */
  declare readonly version: pulumi.Output<number>;
  /** The live version's table. */
  declare readonly table: pulumi.Output<string>;
  /** Unix milliseconds of the advance. */
  declare readonly activatedAt: pulumi.Output<number | undefined>;
  /** The previously active version, if the history holds it. */
  declare readonly previousVersion: pulumi.Output<number | undefined>;
  /** The writer that advanced it; undefined for a writer that keeps no history. */
  declare readonly activatedBy: pulumi.Output<string | undefined>;

  constructor(name: string, args: ActiveVersionArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      "swap:index:ActiveVersion",
      name,
      {
        ...withStackConnection(refuseReleaseBeforeReplace(args, opts), opts),
        table: args.table,
        activatedAt: undefined,
        previousVersion: undefined,
        activatedBy: undefined,
      },
      pluginOptions("ActiveVersion", opts),
    );
  }
}

/** Keeps a version's table while it is in use, as the plugin serves it. */
export class VersionGuard extends pulumi.CustomResource {
  constructor(name: string, args: VersionGuardArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      "swap:index:VersionGuard",
      name,
      withStackConnection(args, opts),
      pluginOptions("VersionGuard", opts),
    );
  }
}

/** Decides which versions of an alias keep their table, as the plugin serves it. */
export class RetentionPlan extends pulumi.CustomResource {
  /** Versions no longer declared that keep their table. */
  declare readonly retained: pulumi.Output<number[] | undefined>;
  /** The table of version 1, declared or kept, if it is not named `<alias>_v1`. */
  declare readonly firstTable: pulumi.Output<string | undefined>;

  constructor(name: string, args: RetentionPlanArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      "swap:index:RetentionPlan",
      name,
      { ...withStackConnection(args, opts), retained: undefined, firstTable: args.firstTable },
      pluginOptions("RetentionPlan", opts),
    );
  }
}

/** Writes an alias's first version, as the plugin serves it. */
export class PointerSeed extends pulumi.CustomResource {
  constructor(name: string, args: PointerSeedArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      "swap:index:PointerSeed",
      name,
      withStackConnection(args, opts),
      pluginOptions("PointerSeed", opts),
    );
  }
}

export const pluginResources: ResourceFactory = {
  activeVersion: (name, args, opts) => new ActiveVersion(name, args, opts),
  retentionPlan: (name, args, opts) => new RetentionPlan(name, args, opts),
  versionGuard: (name, args, opts) => new VersionGuard(name, args, opts),
  pointerSeed: (name, args, opts) => new PointerSeed(name, args, opts),
};
