import type * as pulumi from "@pulumi/pulumi";
import {
  ActiveVersion,
  type ActiveVersionArgs,
  PointerSeed,
  type PointerSeedArgs,
  RetentionPlan,
  type RetentionPlanArgs,
  type TableRetention,
  VersionGuard,
  type VersionGuardArgs,
} from "../dynamic";

/** The outputs of a swap that a component uses. */
export type SwapResource = pulumi.CustomResource & Pick<ActiveVersion, "version" | "table">;

/** The outputs of a retention plan that a component uses. */
export type PlanResource = pulumi.CustomResource & Pick<RetentionPlan, "retained" | "firstTable">;

/**
 * Creates a component's resources other than tables. These are dynamic resources, except in the plugin: a
 * dynamic resource runs from the program's node_modules, which programs in other languages don't have.
 */
export interface ResourceFactory {
  activeVersion(
    name: string,
    args: ActiveVersionArgs & { __retention: TableRetention },
    opts: pulumi.CustomResourceOptions,
  ): SwapResource;
  retentionPlan(
    name: string,
    args: RetentionPlanArgs,
    opts: pulumi.CustomResourceOptions,
  ): PlanResource;
  versionGuard(
    name: string,
    args: VersionGuardArgs,
    opts: pulumi.CustomResourceOptions,
  ): pulumi.CustomResource;
  pointerSeed(
    name: string,
    args: PointerSeedArgs,
    opts: pulumi.CustomResourceOptions,
  ): pulumi.CustomResource;
}

export const dynamicResources: ResourceFactory = {
  activeVersion: (name, args, opts) => new ActiveVersion(name, args, opts),
  retentionPlan: (name, args, opts) => new RetentionPlan(name, args, opts),
  versionGuard: (name, args, opts) => new VersionGuard(name, args, opts),
  pointerSeed: (name, args, opts) => new PointerSeed(name, args, opts),
};
