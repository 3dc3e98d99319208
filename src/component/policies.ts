import * as pulumi from "@pulumi/pulumi";

interface Statement {
  Sid: string;
  Effect: "Allow";
  Action: string[];
  Resource: pulumi.Input<pulumi.Input<string>[]>;
}

const document = (statements: Statement[]): pulumi.Output<string> =>
  pulumi.jsonStringify({ Version: "2012-10-17", Statement: statements });

const allow = (Sid: string, Action: string[], Resource: Statement["Resource"]): Statement => ({
  Sid,
  Effect: "Allow",
  Action,
  Resource,
});

const readPointer = (arn: pulumi.Input<string>) =>
  allow("ReadPointer", ["dynamodb:GetItem"], [arn]);

/** Reading pointers. Listing every alias scans, so it is a statement that can be left out. */
export function controlTableReadPolicy(arn: pulumi.Input<string>): pulumi.Output<string> {
  return document([readPointer(arn), allow("ListPointers", ["dynamodb:Scan"], [arn])]);
}

/** Advancing pointers, by the same two calls that the Go implementation makes. */
export function controlTableWritePolicy(arn: pulumi.Input<string>): pulumi.Output<string> {
  return document([readPointer(arn), allow("AdvancePointer", ["dynamodb:UpdateItem"], [arn])]);
}

const itemReads = [
  "dynamodb:GetItem",
  "dynamodb:BatchGetItem",
  "dynamodb:Query",
  "dynamodb:Scan",
  "dynamodb:ConditionCheckItem",
  "dynamodb:DescribeTable",
];

const itemWrites = [
  "dynamodb:PutItem",
  "dynamodb:UpdateItem",
  "dynamodb:DeleteItem",
  "dynamodb:BatchWriteItem",
];

const withIndexes = (arns: pulumi.Output<string[]>) =>
  arns.apply((all) => all.flatMap((arn) => [arn, `${arn}/index/*`]));

const followAlias = (
  controlTableArn: pulumi.Input<string>,
  tableArns: pulumi.Output<string[]>,
): Statement[] => [
  readPointer(controlTableArn),
  allow("ReadVersions", itemReads, withIndexes(tableArns)),
];

/** Following one alias: its pointer, and reads of the versions kept and their indexes. */
export function readerPolicy(
  controlTableArn: pulumi.Input<string>,
  tableArns: pulumi.Output<string[]>,
): pulumi.Output<string> {
  return document(followAlias(controlTableArn, tableArns));
}

/** As {@link readerPolicy}, with item writes to the versions kept; never to the pointer. */
export function writerPolicy(
  controlTableArn: pulumi.Input<string>,
  tableArns: pulumi.Output<string[]>,
): pulumi.Output<string> {
  return document([
    ...followAlias(controlTableArn, tableArns),
    allow("WriteVersions", itemWrites, tableArns),
  ]);
}
