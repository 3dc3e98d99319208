import {
  compareSettings,
  Secret,
  type TableSettings,
  UNKNOWN_SETTING,
} from "../../../src/component/adopted-settings";

/** A table as `aws.dynamodb.getTable` answers, on demand, with nothing turned on. */
const found = (rest: TableSettings = {}): TableSettings => ({
  name: "orders_v3",
  region: "eu-west-1",
  hashKey: "id",
  rangeKey: "",
  attributes: [{ name: "id", type: "S" }],
  billingMode: "PAY_PER_REQUEST",
  readCapacity: 0,
  writeCapacity: 0,
  globalSecondaryIndexes: [],
  localSecondaryIndexes: [],
  streamEnabled: false,
  streamViewType: "",
  ttl: { attributeName: "", enabled: false },
  pointInTimeRecovery: { enabled: false, recoveryPeriodInDays: 0 },
  serverSideEncryption: { enabled: false, kmsKeyArn: "" },
  deletionProtectionEnabled: false,
  tableClass: "STANDARD",
  onDemandThroughputs: [],
  warmThroughputs: [{ readUnitsPerSecond: 12000, writeUnitsPerSecond: 4000 }],
  replicas: [],
  tags: {},
  ...rest,
});

const declared = (rest: TableSettings = {}): TableSettings => ({
  name: "orders_v3",
  hashKey: "id",
  attributes: [{ name: "id", type: "S" }],
  billingMode: "PAY_PER_REQUEST",
  ...rest,
});

const settings = (program: TableSettings, table: TableSettings, defaultTags = {}) =>
  compareSettings(program, table, defaultTags).differences.map(({ setting }) => setting);

const index = {
  name: "byCustomer",
  hashKey: "customer",
  projectionType: "INCLUDE",
  nonKeyAttributes: ["b", "a"],
};
const foundIndex = {
  ...index,
  rangeKey: "",
  keySchemas: [{ attributeName: "customer", keyType: "HASH" }],
  nonKeyAttributes: ["a", "b"],
  readCapacity: 0,
  writeCapacity: 0,
  onDemandThroughputs: [],
  warmThroughputs: [{ readUnitsPerSecond: 12000, writeUnitsPerSecond: 4000 }],
};

const arn = "arn:aws:kms:eu-west-1:123456789012:key/k";

/** A setting on the table, and the line that declares it. */
const both: [string, TableSettings, TableSettings][] = [
  ["rangeKey", { rangeKey: "at" }, { rangeKey: "at" }],
  [
    "attributes",
    {
      attributes: [
        { name: "a", type: "N" },
        { name: "id", type: "S" },
      ],
    },
    {
      attributes: [
        { name: "id", type: "S" },
        { name: "a", type: "N" },
      ],
    },
  ],
  [
    "globalSecondaryIndexes",
    { globalSecondaryIndexes: [foundIndex] },
    { globalSecondaryIndexes: [index] },
  ],
  [
    "localSecondaryIndexes",
    {
      localSecondaryIndexes: [
        { name: "l", rangeKey: "at", projectionType: "ALL", nonKeyAttributes: [] },
      ],
    },
    { localSecondaryIndexes: [{ name: "l", rangeKey: "at", projectionType: "ALL" }] },
  ],
  [
    "ttl",
    { ttl: { attributeName: "expires", enabled: true } },
    { ttl: { attributeName: "expires", enabled: true } },
  ],
  [
    "pointInTimeRecovery",
    { pointInTimeRecovery: { enabled: true, recoveryPeriodInDays: 35 } },
    { pointInTimeRecovery: { enabled: true } },
  ],
  [
    "serverSideEncryption",
    { serverSideEncryption: { enabled: true, kmsKeyArn: arn } },
    { serverSideEncryption: { enabled: true, kmsKeyArn: arn } },
  ],
  [
    "tableClass",
    { tableClass: "STANDARD_INFREQUENT_ACCESS" },
    { tableClass: "STANDARD_INFREQUENT_ACCESS" },
  ],
  [
    "onDemandThroughput",
    { onDemandThroughputs: [{ maxReadRequestUnits: 10, maxWriteRequestUnits: -1 }] },
    { onDemandThroughput: { maxReadRequestUnits: 10 } },
  ],
];

test("a table declared with its present settings has no difference", () => {
  expect(compareSettings(declared(), found())).toEqual({ differences: [], added: [] });
});

test.each(both)("%s that is declared as found is no difference", (_name, table, program) => {
  expect(settings(declared(program), found(table))).toEqual([]);
});

test.each(both)(
  "%s that the program forgot is a difference, with what to declare",
  (name, table) => {
    const { differences } = compareSettings(declared(), found(table));
    expect(differences).toEqual([
      expect.objectContaining({ setting: name, found: expect.any(String) }),
    ]);
  },
);

test.each(both)("%s that only the program has is a difference", (name, _table, program) => {
  expect(settings(declared(program), found())).toEqual([name]);
});

test("another value is a difference, details that the program leaves out are none", () => {
  const recovery = { pointInTimeRecovery: { enabled: true, recoveryPeriodInDays: 7 } };
  expect(
    settings(
      declared(recovery),
      found({ pointInTimeRecovery: { enabled: true, recoveryPeriodInDays: 35 } }),
    ),
  ).toEqual(["pointInTimeRecovery"]);
  expect(
    settings(
      declared({ serverSideEncryption: { enabled: true } }),
      found({ serverSideEncryption: { enabled: true, kmsKeyArn: arn } }),
    ),
  ).toEqual([]);
  const stream = { streamEnabled: true, streamViewType: "NEW_IMAGE" };
  expect(settings(declared({ ...stream, streamViewType: "KEYS_ONLY" }), found(stream))).toEqual([
    "streamViewType",
  ]);
  expect(settings(declared(), found(stream))).toEqual(["streamEnabled", "streamViewType"]);
  expect(settings(declared({ warmThroughput: { readUnitsPerSecond: 13000 } }), found())).toEqual([
    "warmThroughput",
  ]);
});

test("capacity is compared if it is provisioned on both sides, indexes included", () => {
  const provisioned = { billingMode: "PROVISIONED", readCapacity: 5, writeCapacity: 1 };
  expect(settings(declared(), found(provisioned))).toEqual(["billingMode"]);
  expect(settings(declared({ ...provisioned, readCapacity: 6 }), found(provisioned))).toEqual([
    "readCapacity",
  ]);
  const withIndex = (readCapacity: number, one: object) => ({
    ...provisioned,
    globalSecondaryIndexes: [{ ...one, readCapacity, writeCapacity: 1 }],
  });
  expect(settings(declared(withIndex(1, index)), found(withIndex(2, foundIndex)))).toEqual([
    "globalSecondaryIndexes",
  ]);
  expect(settings(declared(withIndex(2, index)), found(withIndex(2, foundIndex)))).toEqual([]);
});

test("deletion protection is turned on, which is announced, and never off", () => {
  const on = { deletionProtectionEnabled: true };
  expect(compareSettings(declared(on), found())).toEqual({
    differences: [],
    added: ["deletion protection"],
  });
  expect(settings(declared(), found(on))).toEqual(["deletionProtectionEnabled"]);
});

test("tags are added, which is announced, and never changed or taken off", () => {
  const table = found({ tags: { team: "a", cost: "b" } });
  expect(settings(declared({ tags: { team: "b" } }), table)).toEqual([
    'tags["team"]',
    'tags["cost"]',
  ]);
  expect(
    compareSettings(declared({ tags: { team: "a", more: "c" } }), table, { cost: "b" }),
  ).toEqual({
    differences: [],
    added: ["tag more"],
  });
});

test("a table with replicas needs each of those settings declared, because its description shows none", () => {
  const table = found({
    replicas: [{ regionName: "eu-west-1" }, { regionName: "us-east-1", kmsKeyArn: "" }],
  });
  expect(settings(declared(), table)).toEqual(["replicas"]);
  expect(settings(declared({ replicas: [{ regionName: "us-east-1" }] }), table)).toHaveLength(3);
  const whole = {
    regionName: "us-east-1",
    consistencyMode: "EVENTUAL",
    pointInTimeRecovery: false,
    propagateTags: false,
  };
  expect(settings(declared({ replicas: [whole] }), table)).toEqual([]);
});

test("what can't be compared is refused, what a preview does not know yet is left to the update", () => {
  expect(settings(declared({ importTable: {}, somethingNew: 1 }), found())).toEqual([
    "importTable",
    "somethingNew",
  ]);
  expect(
    settings(
      declared({ ttl: UNKNOWN_SETTING, tags: UNKNOWN_SETTING }),
      found({ tags: { a: "b" } }),
    ),
  ).toEqual([]);
});

test("no secret is shown", () => {
  const ttl = new Secret({ attributeName: "hush", enabled: true });
  const compared = compareSettings(
    declared({ ttl, tags: new Secret({ a: "hush" }) }),
    found({ tags: { a: "b" } }),
  );
  expect(compared.differences.map(({ setting }) => setting)).toEqual(["ttl", 'tags["a"]']);
  expect(JSON.stringify(compared)).not.toContain("hush");
});
