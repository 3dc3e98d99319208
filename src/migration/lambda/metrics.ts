import type { ReplayedStream } from "../replay-record";
import type { TransformContext } from "../transform";

/**
 * Prints the number of parked keys in CloudWatch's embedded metric format: Lambda's log becomes the metric `ParkedKeys`
 * of namespace `PulumiSwap/Migration`, without a request. Past the console, which may put another form around a line.
 * Keys that can't go back to the version before are `ParkedKeysBack`. Source: Amazon CloudWatch User Guide, Specification: Embedded metric format.
 */
export function reportParked(
  { alias, to }: Pick<TransformContext, "alias" | "to">,
  count: number,
  now: number,
  stream: ReplayedStream = "source",
): void {
  // Elsewhere nothing reads it.
  if (process.env.AWS_LAMBDA_FUNCTION_NAME === undefined) return;
  const Name = stream === "target" ? "ParkedKeysBack" : "ParkedKeys";
  const metric = {
    Namespace: "PulumiSwap/Migration",
    Dimensions: [["Alias", "Version"]],
    Metrics: [{ Name, Unit: "Count" }],
  };
  const _aws = { Timestamp: now, CloudWatchMetrics: [metric] };
  const line = { _aws, Alias: alias, Version: String(to), [Name]: count };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
