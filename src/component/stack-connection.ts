import * as pulumi from "@pulumi/pulumi";
import { type AwsSettings, awsSettings } from "../aws/connection";

/**
 * How the stack's `aws:` configuration says that DynamoDB is reached.
 *
 * @throws SwapError `swap.input-invalid` for a setting that is malformed or can't be followed
 */
export function awsOfStack(): AwsSettings {
  const config = new pulumi.Config("aws");
  return awsSettings((name) => config.get(name));
}
