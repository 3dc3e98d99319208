import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { document } from "./policies";

/** A role that a service of AWS assumes, such as `lambda.amazonaws.com`. */
export function serviceRole(
  name: string,
  Service: string,
  tags: { tags?: aws.iam.RoleArgs["tags"] },
  opts: pulumi.CustomResourceOptions,
): aws.iam.Role {
  const assumeRolePolicy = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service }, Action: "sts:AssumeRole" }],
  });
  return new aws.iam.Role(name, { assumeRolePolicy, ...tags }, opts);
}

/** The policy of a role, with these statements. */
export function policyOf(
  name: string,
  role: aws.iam.Role,
  opts: pulumi.CustomResourceOptions,
  statements: Parameters<typeof document>[0],
): aws.iam.RolePolicy {
  const args = { role: role.name, policy: document(statements) };
  return new aws.iam.RolePolicy(name, args, opts);
}
