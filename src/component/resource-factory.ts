import type * as pulumi from "@pulumi/pulumi";
import {
  ActiveVersion,
  type ActiveVersionArgs,
  PointerSeed,
  type PointerSeedArgs,
  RetentionPlan,
  type RetentionPlanArgs,
  VersionGuard,
  type VersionGuardArgs,
} from "../dynamic";

/** What a component needs to know of the swap that it makes. */
export type SwapResource = pulumi.CustomResource & Pick<ActiveVersion, "version" | "table">;

/** What a component needs to know of the retention plan that it makes. */
export type PlanResource = pulumi.CustomResource & Pick<RetentionPlan, "retained">;

/**
 * The resources that a component makes besides the tables. They are dynamic resources, except in the
 * plugin: a dynamic resource runs from the program's own node_modules, which a program in another
 * language does not have.
 */
export interface ResourceFactory {
  activeVersion(
    name: string,
    args: ActiveVersionArgs,
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
