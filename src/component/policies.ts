import * as pulumi from "@pulumi/pulumi";

interface Statement {
  Sid: string;
  Effect: "Allow";
  Action: string[];
  Resource: pulumi.Input<pulumi.Input<string>[]>;
  Condition?: Record<string, Record<string, string | readonly string[]>>;
}

export const document = (statements: Statement[]): pulumi.Output<string> =>
  pulumi.jsonStringify({ Version: "2012-10-17", Statement: statements });

export const allow = (
  Sid: string,
  Action: string[],
  Resource: Statement["Resource"],
): Statement => ({
  Sid,
  Effect: "Allow",
  Action,
  Resource,
});

/**
 * Restricts a policy statement to the rows of some aliases. `ForAllValues` also holds for a request that
 * names no key, such as a Scan, and must not grant that: `Null` prevents it.
 *
 * @param aliases default: every row of the table
 * @see IAM, `dynamodb:LeadingKeys`
 */
export const ofAliases = (aliases: readonly string[] | undefined): Pick<Statement, "Condition"> =>
  aliases === undefined
    ? {}
    : {
        Condition: {
          "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": aliases },
          Null: { "dynamodb:LeadingKeys": "false" },
        },
      };

const readPointer = (arn: pulumi.Input<string>, aliases?: readonly string[]): Statement => ({
  ...allow("ReadPointer", ["dynamodb:GetItem"], [arn]),
  ...ofAliases(aliases),
});

/**
 * Policy to read the pointers of some aliases with GetItem and BatchGetItem. For all aliases it also allows
 * listing them with Scan, in a separate statement because a Scan has no key to restrict.
 */
export function controlTableReadPolicy(
  arn: pulumi.Input<string>,
  aliases?: readonly string[],
): pulumi.Output<string> {
  const read = allow("ReadPointers", ["dynamodb:BatchGetItem"], [arn]);
  return document(
    aliases === undefined
      ? [readPointer(arn), read, allow("ListPointers", ["dynamodb:Scan"], [arn])]
      : [readPointer(arn, aliases), { ...read, ...ofAliases(aliases) }],
  );
}

/** Policy to advance pointers, with the same two actions that the Go implementation uses. */
export function controlTableWritePolicy(
  arn: pulumi.Input<string>,
  aliases?: readonly string[],
): pulumi.Output<string> {
  return document([
    readPointer(arn, aliases),
    { ...allow("AdvancePointer", ["dynamodb:UpdateItem"], [arn]), ...ofAliases(aliases) },
  ]);
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
  alias: string,
  controlTableArn: pulumi.Input<string>,
  tableArns: pulumi.Output<string[]>,
): Statement[] => [
  readPointer(controlTableArn, [alias]),
  allow("ReadVersions", itemReads, withIndexes(tableArns)),
];

/** Policy to follow one alias: its pointer, and reads of the declared versions and their indexes. */
export function readerPolicy(
  alias: string,
  controlTableArn: pulumi.Input<string>,
  tableArns: pulumi.Output<string[]>,
): pulumi.Output<string> {
  return document(followAlias(alias, controlTableArn, tableArns));
}

/** Like {@link readerPolicy}, and writes items of the versions, but never the pointer. */
export function writerPolicy(
  alias: string,
  controlTableArn: pulumi.Input<string>,
  tableArns: pulumi.Output<string[]>,
): pulumi.Output<string> {
  return document([
    ...followAlias(alias, controlTableArn, tableArns),
    allow("WriteVersions", itemWrites, tableArns),
  ]);
}
