import * as pulumi from "@pulumi/pulumi";
import { formatValue, invalidInput } from "../validation";
import { inOneLine } from "./resource-error";

const TOPIC = /^arn:[\w-]+:sns:[\w-]+:\d{12}:[\w-]{1,256}(\.fifo)?$/;

/**
 * The topics that an alarm notifies, each checked once it is known.
 *
 * @param name of the argument that gives them
 * @throws pulumi.ResourceError for what is no ARN of an SNS topic
 */
export function checkedTopics(
  name: string,
  given: pulumi.Input<pulumi.Input<string>[]> | undefined,
  component: pulumi.Resource,
): pulumi.Output<string[]> | undefined {
  if (given === undefined) return undefined;
  const check = (arn: unknown) => inOneLine(component, () => assertTopic(name, arn));
  for (const each of Array.isArray(given) ? given : []) if (typeof each !== "object") check(each);
  return pulumi.output(given).apply((all) => {
    for (const each of [all].flat()) check(each);
    return all;
  });
}

function assertTopic(name: string, arn: unknown): void {
  if (typeof arn === "string" && TOPIC.test(arn)) return;
  throw invalidInput(
    name,
    formatValue(arn),
    "want ARNs of SNS topics",
    'write such as ["arn:aws:sns:eu-west-1:123456789012:on-call"]',
  );
}
