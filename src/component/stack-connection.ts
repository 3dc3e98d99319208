import * as pulumi from "@pulumi/pulumi";
import { type StackConnection, stackConnection } from "../dynamic";

/** How the stack's `aws:` configuration says that DynamoDB is reached. */
export function awsOfStack(): StackConnection {
  const config = new pulumi.Config("aws");
  return stackConnection((key) => config.get(key.replace("aws:", "")));
}
