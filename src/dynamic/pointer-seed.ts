import type * as pulumi from "@pulumi/pulumi";
import type { ConnectionArgs } from "./active-version";
import { defaultActor } from "./audit-defaults";
import { HostedResource } from "./host";

export interface PointerSeedArgs {
  /** The alias to seed. */
  alias: pulumi.Input<string>;
  /** The control table's name. */
  controlTable: pulumi.Input<string>;
  /** The first version; written, with `at` = 0, only if the alias has no row. */
  version: pulumi.Input<number>;
  /** The control table's `arn` output: a connection to another table is refused. */
  controlTableArn?: pulumi.Input<string | undefined>;
  /** How to reach DynamoDB. Default: the stack's `aws:` configuration, then the SDK's own chain. */
  connection?: pulumi.Input<ConnectionArgs>;
}

/** Writes an alias's first version, once. Never moves a live pointer, and a delete leaves it. */
export class PointerSeed extends HostedResource {
  constructor(name: string, args: PointerSeedArgs, opts?: pulumi.CustomResourceOptions) {
    super("seed", "PointerSeed", name, { ...args, actor: defaultActor() }, opts);
  }
}
