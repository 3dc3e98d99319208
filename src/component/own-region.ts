import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { hasMocks } from "../dynamic";
import { defined } from "../validation";

/** Where a component's resources are, as far as it is known. */
export interface OwnRegion {
  partition?: string;
  region?: string;
}

/**
 * Asks the component's aws provider, which answers in previews too. In a unit test of a program only the given
 * Region is known.
 *
 * @param given the component's own Region. Default: the provider's
 */
export async function ownRegion(
  given: string | undefined,
  parent: pulumi.Resource,
): Promise<OwnRegion> {
  if (hasMocks()) return defined({ region: given });
  const [{ partition }, region] = await Promise.all([
    aws.getPartition({}, { parent }),
    given ?? aws.getRegion({}, { parent }).then((found) => found.region),
  ]);
  return { partition, region };
}

/** Whether an ARN is of that partition and Region. */
export function isOf({ partition, region }: OwnRegion, arn: string): boolean {
  const [, of, , at] = arn.split(":");
  return (!partition || of === partition) && (!region || at === region);
}
