import * as pulumi from "@pulumi/pulumi";
import type { ConnectionArgs } from "./active-version";
import { defaultActor } from "./actor";
import { dynamicHost } from "./host";

const host = dynamicHost("seed");

export interface PointerSeedArgs {
  alias: pulumi.Input<string>;
  controlTable: pulumi.Input<string>;
  /** Written, with `at` = 0, only where the alias has no row. */
  version: pulumi.Input<number>;
  connection?: pulumi.Input<ConnectionArgs>;
}

/** Gives an alias a first version, once; a live pointer is never moved, and a delete leaves it. */
export class PointerSeed extends pulumi.dynamic.Resource {
  constructor(name: string, args: PointerSeedArgs, opts?: pulumi.CustomResourceOptions) {
    super(host, name, { ...args, actor: defaultActor() }, opts, "swap", "PointerSeed");
  }
}
