import { type Props, UNKNOWN } from "../../../src/plugin/host/values";
import { diffTable } from "../../../tools/local-aws/aws-provider/diff";

const news: Props = {
  name: "orders_v1",
  attributes: [
    { name: "pk", type: "S" },
    { name: "sk", type: "N" },
    { name: "g", type: "S" },
  ],
  hashKey: "pk",
  rangeKey: "sk",
  billingMode: "PAY_PER_REQUEST",
  globalSecondaryIndexes: [
    { name: "byG", hashKey: "g", projectionType: "INCLUDE", nonKeyAttributes: ["b", "a"] },
    { name: "byS", hashKey: "sk", projectionType: "ALL" },
  ],
  localSecondaryIndexes: [{ name: "lsi", rangeKey: "g", projectionType: "ALL" }],
  streamEnabled: true,
  streamViewType: "NEW_IMAGE",
  ttl: { attributeName: "expires", enabled: true },
  pointInTimeRecovery: { enabled: true },
  tags: { team: "a" },
  __defaults: [],
};
/** As the live table is described: other order, more detail. */
const olds: Props = {
  ...news,
  arn: "arn",
  region: "us-east-1",
  attributes: [...(news.attributes as Props[])].reverse(),
  globalSecondaryIndexes: [
    {
      name: "byS",
      hashKey: "sk",
      keySchemas: [{ attributeName: "sk", keyType: "HASH" }],
      projectionType: "ALL",
      nonKeyAttributes: [],
      readCapacity: 0,
      writeCapacity: 0,
    },
    {
      name: "byG",
      hashKey: "g",
      projectionType: "INCLUDE",
      nonKeyAttributes: ["a", "b"],
      readCapacity: 0,
      writeCapacity: 0,
    },
  ],
  localSecondaryIndexes: [
    { name: "lsi", rangeKey: "g", projectionType: "ALL", nonKeyAttributes: [] },
  ],
  readCapacity: 0,
  writeCapacity: 0,
  pointInTimeRecovery: { enabled: true, recoveryPeriodInDays: 35 },
  deletionProtectionEnabled: false,
  tableClass: "STANDARD",
  tagsAll: { team: "a" },
};
const diff = (changes: Props, before: Props = {}) =>
  diffTable({ ...olds, ...before }, { ...news, ...changes }, {});
const withIndex = (change: Props): Props => ({
  globalSecondaryIndexes: [
    { ...(news.globalSecondaryIndexes as Props[])[0], ...change },
    (news.globalSecondaryIndexes as Props[])[1],
  ],
});
const retyped = (name: string, type: string): Props => ({
  attributes: (news.attributes as Props[]).map((a) => (a.name === name ? { name, type } : a)),
});

test.each<[string, Props]>([
  ["the same table", {}],
  ["the class it has anyway", { tableClass: "STANDARD" }],
  ["protection it lacks anyway", { deletionProtectionEnabled: false }],
  [
    "an index in the newer form",
    withIndex({ hashKey: undefined, keySchemas: [{ attributeName: "g", keyType: "HASH" }] }),
  ],
  ["ttl no longer given, which leaves it", { ttl: undefined }],
  ["recovery no longer given, which leaves it", { pointInTimeRecovery: undefined }],
  [
    "the recovery period it has",
    { pointInTimeRecovery: { enabled: true, recoveryPeriodInDays: 35 } },
  ],
  ["encryption that stays off", { serverSideEncryption: { enabled: false } }],
  ["the Region it is in", { region: "us-east-1" }],
])("no change: %s", (_, changes) => {
  expect(diff(changes)).toEqual({ changes: false, replaces: [], deleteBeforeReplace: false });
});

test.each<[string, Props]>([
  [
    "an index added",
    {
      globalSecondaryIndexes: [
        ...(news.globalSecondaryIndexes as Props[]),
        { name: "x", hashKey: "g", projectionType: "ALL" },
      ],
    },
  ],
  ["an index dropped", { globalSecondaryIndexes: [] }],
  ["an index key", withIndex({ rangeKey: "sk" })],
  ["an index projection", withIndex({ nonKeyAttributes: ["a"] })],
  ["billing", { billingMode: "PROVISIONED", readCapacity: 1, writeCapacity: 1 }],
  ["stream off", { streamEnabled: false }],
  ["stream view", { streamViewType: "KEYS_ONLY" }],
  ["ttl off", { ttl: { enabled: false } }],
  ["ttl attribute", { ttl: { attributeName: "other", enabled: true } }],
  ["recovery off", { pointInTimeRecovery: { enabled: false } }],
  ["recovery period", { pointInTimeRecovery: { enabled: true, recoveryPeriodInDays: 7 } }],
  ["deletion protection", { deletionProtectionEnabled: true }],
  ["table class", { tableClass: "STANDARD_INFREQUENT_ACCESS" }],
  ["a tag's value", { tags: { team: "b" } }],
  ["tags no longer given", { tags: undefined }],
  ["unknown tags", { tags: { team: UNKNOWN } }],
  ["an unknown list of attributes", { attributes: UNKNOWN }],
])("in place: %s", (_, changes) => {
  expect(diff(changes)).toEqual({ changes: true, replaces: [], deleteBeforeReplace: false });
});

test.each<[string, Props, string[]]>([
  ["hash key", { hashKey: "g" }, ["hashKey", "attributes"]],
  ["range key", { rangeKey: "g" }, ["rangeKey", "attributes"]],
  ["range key dropped", { rangeKey: undefined }, ["rangeKey", "attributes"]],
  ["type of a table key", retyped("sk", "S"), ["attributes"]],
  ["type of a local index key", retyped("g", "N"), ["attributes"]],
  ["a local index", { localSecondaryIndexes: [] }, ["attributes", "localSecondaryIndexes"]],
  ["an unknown hash key", { hashKey: UNKNOWN }, ["hashKey", "attributes"]],
  ["Region", { region: "eu-west-1" }, ["region"]],
  ["restore source", { restoreSourceName: "other" }, ["restoreSourceName"]],
])("replaced, the old one first for its fixed name: %s", (_, changes, replaces) => {
  expect(diff(changes)).toEqual({ changes: true, replaces, deleteBeforeReplace: true });
});

test("a new name replaces, the new one first", () => {
  expect(diff({ name: "orders_v2", rangeKey: "g" })).toMatchObject({
    replaces: ["name", "rangeKey", "attributes"],
    deleteBeforeReplace: false,
  });
});

test("a made name lets the new table come first", () => {
  expect(diff({ region: "eu-west-1", __defaults: ["name"] })).toMatchObject({
    replaces: ["region"],
    deleteBeforeReplace: false,
  });
});

test("a change of only a global index key's type does not replace the table", () => {
  const change = { ...retyped("g", "N"), localSecondaryIndexes: [] };
  expect(diff(change, { localSecondaryIndexes: [] })).toMatchObject({
    changes: true,
    replaces: [],
  });
});

test("provisioned capacity counts, on demand it does not", () => {
  const provisioned = {
    billingMode: "PROVISIONED",
    readCapacity: 1,
    writeCapacity: 1,
    globalSecondaryIndexes: [],
  };
  expect(diff(provisioned, provisioned).changes).toBe(false);
  expect(diff({ ...provisioned, readCapacity: 2 }, provisioned).changes).toBe(true);
  expect(diff({}, { readCapacity: 9 }).changes).toBe(false);
});

test("default tags are compared too", () => {
  expect(diffTable(olds, news, { owner: "me" }).changes).toBe(true);
  const tagsAll = { owner: "me", team: "a" };
  expect(diffTable({ ...olds, tagsAll }, news, { owner: "me" }).changes).toBe(false);
});
