import type { Props } from "../../../src/plugin/host/values";

/** The account that local DynamoDBs put in their ARNs. */
const ACCOUNT = "000000000000";

const FUNCTIONS: Record<string, (args: Props, region: string) => Props> = {
  "aws:index/getCallerIdentity:getCallerIdentity": () => ({
    id: ACCOUNT,
    accountId: ACCOUNT,
    arn: `arn:aws:iam::${ACCOUNT}:root`,
    userId: ACCOUNT,
  }),
  "aws:index/getPartition:getPartition": () => ({
    id: "aws",
    partition: "aws",
    dnsSuffix: "amazonaws.com",
    reverseDnsPrefix: "com.amazonaws",
  }),
  "aws:index/getRegion:getRegion": (args, region) => {
    const name = args.region ?? args.name ?? region;
    return { id: name, name, region: name, description: "", endpoint: `ec2.${name}.amazonaws.com` };
  },
};

/** The result of a function of the real provider; undefined if it is not served here. */
export function invoked(token: string, args: Props, region: string): Props | undefined {
  return FUNCTIONS[token]?.(args, region);
}
