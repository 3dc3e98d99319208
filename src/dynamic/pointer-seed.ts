import type * as pulumi from "@pulumi/pulumi";
import type { ConnectionArgs } from "./active-version";
import { defaultActor } from "./actor";
import { HostedResource } from "./host";

export interface PointerSeedArgs {
  alias: pulumi.Input<string>;
  controlTable: pulumi.Input<string>;
  /** Written, with `at` = 0, only where the alias has no row. */
  version: pulumi.Input<number>;
  connection?: pulumi.Input<ConnectionArgs>;
}

/** Gives an alias a first version, once; a live pointer is never moved, and a delete leaves it. */
export class PointerSeed extends HostedResource {
  constructor(name: string, args: PointerSeedArgs, opts?: pulumi.CustomResourceOptions) {
    super("seed", "PointerSeed", name, { ...args, actor: defaultActor() }, opts);
  }
}
