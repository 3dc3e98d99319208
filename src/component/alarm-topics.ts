import * as pulumi from "@pulumi/pulumi";
import { formatValue, invalidInput } from "../validation";
import { isOf, type OwnRegion, ownRegion } from "./own-region";
import { inOneLine } from "./resource-error";

const TOPIC = /^arn:[\w-]+:sns:[\w-]+:\d{12}:[\w-]{1,256}(\.fifo)?$/;

/** Actions of an alarm's state. Source: Amazon CloudWatch API Reference, PutMetricAlarm. */
const MOST = 5;

/** The argument that gives topics. */
export interface TopicsArgument {
  name: string;
  /** Whether its alarms exist for the topics only. */
  needed?: true;
  /** The alarms' Region. Default: the aws provider's. */
  region?: pulumi.Input<string> | undefined;
}

/**
 * The topics that an alarm notifies, each checked once it is known: CloudWatch refuses those of another Region only
 * when it makes the alarm.
 *
 * @throws pulumi.ResourceError for what is no ARN of an SNS topic of the alarms' Region, for more than 5, and for none
 *   if they are needed
 */
export function checkedTopics(
  argument: TopicsArgument,
  given: pulumi.Input<pulumi.Input<string>[]> | undefined,
  component: pulumi.Resource,
): pulumi.Output<string[]> | undefined {
  if (given === undefined) return undefined;
  const { region } = argument;
  if (Array.isArray(given))
    assertTopics(argument, given, typeof region === "string" ? { region } : {}, component);
  return pulumi
    .all([given, region])
    .apply(([all, of]) => knownTopics({ ...argument, region: of }, all, component));
}

/** The topics, checked with the Region that the alarms get. */
export async function knownTopics(
  argument: TopicsArgument & { region?: string | undefined },
  all: string[],
  component: pulumi.Resource,
): Promise<string[]> {
  assertTopics(argument, [all].flat(), await ownRegion(argument.region, component), component);
  return all;
}

/** Those that are known. */
function assertTopics(
  argument: TopicsArgument,
  all: unknown[],
  at: OwnRegion,
  component: pulumi.Resource,
): void {
  inOneLine(component, () => {
    assertCount(argument, all.length);
    for (const arn of all) if (!pulumi.Output.isInstance(arn)) assertTopic(argument.name, arn, at);
  });
}

function assertCount({ name, needed }: TopicsArgument, count: number): void {
  if (count <= MOST && (count > 0 || !needed)) return;
  throw invalidInput(
    name,
    count === 0 ? "[]" : `${count} topics`,
    `want ${needed ? 1 : 0} to ${MOST} topics, as many as an alarm tells`,
    count === 0 ? "give a topic, or leave it out" : "let one topic tell the others",
  );
}

function assertTopic(name: string, arn: unknown, at: OwnRegion): void {
  const isTopic = typeof arn === "string" && TOPIC.test(arn);
  if (isTopic && isOf(at, arn)) return;
  const { partition = "aws", region = "eu-west-1" } = at;
  throw invalidInput(
    name,
    formatValue(arn),
    `want ARNs of SNS topics${isTopic ? ` in the alarms' Region, ${region}` : ""}`,
    `write such as ["arn:${partition}:sns:${region}:123456789012:on-call"]`,
  );
}
