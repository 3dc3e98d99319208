/**
 * The arguments of `aws.dynamodb.Table` that this stand-in honours, as version 7 of the provider
 * names them. In a preview any of them may be UNKNOWN.
 */
export interface TableInputs {
  name: string;
  attributes?: Attribute[];
  hashKey?: string;
  rangeKey?: string;
  billingMode: string;
  readCapacity?: number;
  writeCapacity?: number;
  globalSecondaryIndexes?: GlobalIndex[];
  localSecondaryIndexes?: LocalIndex[];
  streamEnabled?: boolean;
  streamViewType?: string;
  ttl?: { attributeName?: string; enabled?: boolean };
  pointInTimeRecovery?: { enabled: boolean; recoveryPeriodInDays?: number };
  deletionProtectionEnabled?: boolean;
  serverSideEncryption?: { enabled: boolean; kmsKeyArn?: string };
  tableClass?: string;
  tags?: Record<string, string>;
  region?: string;
  restoreSourceName?: string;
  restoreSourceTableArn?: string;
  restoreToLatestTime?: boolean;
}

export interface Attribute {
  name: string;
  /** S, N or B. */
  type: string;
}

export interface GlobalIndex {
  name: string;
  hashKey?: string;
  rangeKey?: string;
  /** The newer way to give the keys, instead of `hashKey` and `rangeKey`. */
  keySchemas?: { attributeName: string; keyType: string }[];
  projectionType: string;
  nonKeyAttributes?: string[];
  readCapacity?: number;
  writeCapacity?: number;
}

export interface LocalIndex {
  name: string;
  rangeKey: string;
  projectionType: string;
  nonKeyAttributes?: string[];
}

export const PROVISIONED = "PROVISIONED";
export const ON_DEMAND = "PAY_PER_REQUEST";

/** The key attributes of a global index, from either of its two forms. */
export function keysOf(index: GlobalIndex): { hashKey?: string; rangeKey?: string } {
  const given = (type: string) => index.keySchemas?.find((k) => k.keyType === type)?.attributeName;
  const hashKey = index.hashKey || given("HASH");
  const rangeKey = index.rangeKey || given("RANGE");
  return { ...(hashKey && { hashKey }), ...(rangeKey && { rangeKey }) };
}

/** Every attribute that is a key of the table or of an index. */
export function keyAttributes(table: Partial<TableInputs>): Set<string> {
  const keys = [
    table.hashKey,
    table.rangeKey,
    ...(table.localSecondaryIndexes ?? []).map((index) => index.rangeKey),
    ...(table.globalSecondaryIndexes ?? []).flatMap((index) => Object.values(keysOf(index))),
  ];
  return new Set(keys.filter((key): key is string => !!key));
}
