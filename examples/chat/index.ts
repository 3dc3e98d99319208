import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { ControlTable } from "pulumi-swap";

new ControlTable("shop", { name: "shop_swap", events: "default" });

// An incoming webhook takes {"text": "..."}: pulumi config set --secret webhook https://...
const webhook = new pulumi.Config().requireSecret("webhook");
const connection = new aws.cloudwatch.EventConnection("chat", {
  // AWS wants an authorization; the secret is in the URL.
  authorizationType: "API_KEY",
  authParameters: { apiKey: { key: "x-sender", value: "pulumi-swap" } },
});
const chat = new aws.cloudwatch.EventApiDestination("chat", {
  connectionArn: connection.arn,
  httpMethod: "POST",
  invocationEndpoint: webhook,
});
const role = new aws.iam.Role("chat", {
  assumeRolePolicy: JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Principal: { Service: "events.amazonaws.com" }, Action: "sts:AssumeRole" },
    ],
  }),
});
new aws.iam.RolePolicy("chat", {
  role: role.name,
  policy: pulumi.jsonStringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "events:InvokeApiDestination", Resource: chat.arn }],
  }),
});
const rule = new aws.cloudwatch.EventRule("moves", {
  eventPattern: JSON.stringify({ source: ["pulumi-swap"], "detail-type": ["Pointer moved"] }),
});
new aws.cloudwatch.EventTarget("chat", {
  rule: rule.name,
  arn: chat.arn,
  roleArn: role.arn,
  inputTransformer: {
    inputPaths: { text: "$.detail.text" },
    inputTemplate: '{"text": "<text>"}',
  },
});
