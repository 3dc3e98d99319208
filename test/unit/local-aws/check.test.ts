import { type Props, UNKNOWN } from "../../../src/plugin/host/values";
import { checkTable } from "../../../tools/local-aws/aws-provider/check";

const URN = "urn:pulumi:dev::shop::swap:index:VersionedTable$aws:dynamodb/table:Table::orders";
const onDemand: Props = {
  name: "orders_v1",
  attributes: [{ name: "pk", type: "S" }],
  hashKey: "pk",
  billingMode: "PAY_PER_REQUEST",
};
const global = (index: Props): Props => ({
  attributes: [
    { name: "pk", type: "S" },
    { name: "g", type: "S" },
  ],
  globalSecondaryIndexes: [{ name: "byG", hashKey: "g", projectionType: "ALL", ...index }],
});
const check = (changes: Props) => checkTable(URN, {}, { ...onDemand, ...changes });

describe("what check refuses", () => {
  const stream = { streamEnabled: true };
  const cases: [string, Props, string, string][] = [
    ["a name with a forbidden letter", { name: "a/b" }, "name", 'name is "a/b": a table name has'],
    ["a name too short", { name: "ab" }, "name", "3 to 255"],
    ["no hash key", { hashKey: undefined }, "hashKey", "needs a hashKey: name its partition key"],
    [
      "an attribute that is no key",
      { attributes: [...(onDemand.attributes as []), { name: "x", type: "S" }] },
      "attributes",
      'attribute "x" is a key neither of the table nor of an index: attributes takes keys only, remove it',
    ],
    [
      "a key without definition",
      { rangeKey: "sk" },
      "attributes",
      'key "sk" has no definition: add {name: "sk"',
    ],
    [
      "an index key without definition",
      { ...global({ rangeKey: "r" }) },
      "attributes",
      'key "r" has no definition',
    ],
    [
      "an attribute type",
      { attributes: [{ name: "pk", type: "M" }] },
      "attributes",
      'has type "M": a key is of type S, N or B',
    ],
    [
      "an attribute twice",
      {
        attributes: [
          { name: "pk", type: "S" },
          { name: "pk", type: "N" },
        ],
      },
      "attributes",
      "defined twice",
    ],
    ["attributes that are no list", { attributes: "pk" }, "attributes", "must be a list"],
    [
      "a billing mode",
      { billingMode: "FREE" },
      "billingMode",
      'billingMode is "FREE": it must be PROVISIONED or PAY_PER_REQUEST',
    ],
    [
      "capacity on demand",
      { readCapacity: 5 },
      "readCapacity",
      "cannot be set when billingMode is PAY_PER_REQUEST: remove it",
    ],
    [
      "no capacity when provisioned",
      { billingMode: "PROVISIONED", readCapacity: 1 },
      "writeCapacity",
      "must be at least 1 when billingMode is PROVISIONED",
    ],
    [
      "index capacity on demand",
      global({ writeCapacity: 1 }),
      "globalSecondaryIndexes",
      'index "byG": writeCapacity cannot be set',
    ],
    [
      "an index without hash key",
      global({ hashKey: undefined, rangeKey: "g" }),
      "globalSecondaryIndexes",
      "has no hashKey",
    ],
    [
      "an index key of several attributes",
      global({
        hashKey: undefined,
        keySchemas: [
          { attributeName: "g", keyType: "HASH" },
          { attributeName: "pk", keyType: "HASH" },
        ],
      }),
      "globalSecondaryIndexes",
      "keys of several attributes",
    ],
    [
      "a projection",
      global({ projectionType: "SOME" }),
      "globalSecondaryIndexes",
      'projectionType is "SOME"',
    ],
    [
      "INCLUDE of nothing",
      global({ projectionType: "INCLUDE" }),
      "globalSecondaryIndexes",
      "needs nonKeyAttributes",
    ],
    [
      "non-key attributes without INCLUDE",
      global({ nonKeyAttributes: ["a"] }),
      "globalSecondaryIndexes",
      "go with INCLUDE, not ALL",
    ],
    [
      "a local index without range key of the table",
      { localSecondaryIndexes: [{ name: "lsi", rangeKey: "pk", projectionType: "ALL" }] },
      "localSecondaryIndexes",
      "needs a table with a rangeKey",
    ],
    [
      "a stream without view",
      stream,
      "streamViewType",
      "streamViewType is missing: a stream needs one of KEYS_ONLY",
    ],
    [
      "a stream view",
      { ...stream, streamViewType: "ALL" },
      "streamViewType",
      'streamViewType is "ALL"',
    ],
    ["TTL without attribute", { ttl: { enabled: true } }, "ttl", "name the attribute"],
    [
      "a recovery period",
      { pointInTimeRecovery: { enabled: true, recoveryPeriodInDays: 36 } },
      "pointInTimeRecovery",
      "is 36: it must be from 1 to 35",
    ],
    ["a table class", { tableClass: "COLD" }, "tableClass", 'tableClass is "COLD"'],
    ["a reserved tag", { tags: { "aws:x": "y" } }, "tags", "are reserved, rename it"],
    [
      "a restore to no moment",
      { restoreSourceName: "other" },
      "restoreToLatestTime",
      "needs restoreToLatestTime: true",
    ],
    [
      "a restore from two sources",
      { restoreSourceName: "a", restoreSourceTableArn: "b", restoreToLatestTime: true },
      "restoreSourceName",
      "not both",
    ],
  ];
  test.each(cases)("%s", (_, changes, property, reason) => {
    expect(check(changes).failures).toEqual([
      { property, reason: expect.stringContaining(reason) },
    ]);
  });
});

describe("what check cannot honour", () => {
  const given: [string, unknown][] = [
    ["replicas", [{ regionName: "eu-west-1" }]],
    ["importTable", {}],
    ["onDemandThroughput", { maxReadRequestUnits: 1 }],
    ["warmThroughput", { readUnitsPerSecond: 12000 }],
    ["globalTableWitness", { regionName: "eu-west-1" }],
    ["restoreBackupArn", "arn:x"],
    ["restoreDateTime", "2026-01-01T00:00:00Z"],
    ["somethingNew", true],
  ];
  test.each(given)("%s", (property, value) => {
    const reason = expect.stringMatching(
      new RegExp(`^the local aws stand-in cannot honour "${property}".* the real AWS provider$`),
    );
    expect(check({ [property]: value }).failures).toEqual([{ property, reason }]);
  });

  test.each([{ enabled: true }, { enabled: false, kmsKeyArn: "arn:aws:kms:x" }])(
    "serverSideEncryption %j",
    (serverSideEncryption) => {
      const { failures } = check({ serverSideEncryption });
      expect(failures).toEqual([
        { property: "serverSideEncryption", reason: expect.stringContaining("encrypts nothing") },
      ]);
    },
  );

  test("on-demand limits of an index", () => {
    const { failures } = check(global({ onDemandThroughput: { maxReadRequestUnits: 1 } }));
    expect(failures).toEqual([
      {
        property: "globalSecondaryIndexes",
        reason: expect.stringContaining('"onDemandThroughput" of index "byG"'),
      },
    ]);
  });
});

describe("what check accepts", () => {
  const secret = {
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    value: "t",
  };
  const everything: Props = {
    ...onDemand,
    ...global({ hashKey: undefined, keySchemas: [{ attributeName: "g", keyType: "HASH" }] }),
    streamEnabled: true,
    streamViewType: "NEW_IMAGE",
    ttl: { attributeName: "expires", enabled: true },
    pointInTimeRecovery: { enabled: true, recoveryPeriodInDays: 35 },
    deletionProtectionEnabled: true,
    serverSideEncryption: { enabled: false },
    tableClass: "STANDARD_INFREQUENT_ACCESS",
    tags: { team: secret },
    region: "eu-west-1",
  };
  const accepted: [string, Props][] = [
    ["everything it serves", everything],
    ["values not known yet", Object.fromEntries(Object.keys(everything).map((k) => [k, UNKNOWN]))],
    ["an unknown attribute", { ...onDemand, attributes: [UNKNOWN, { name: "pk", type: "S" }] }],
    [
      "a restore, whose keys are its source's",
      {
        name: "copy",
        billingMode: "PAY_PER_REQUEST",
        restoreSourceName: UNKNOWN,
        restoreToLatestTime: true,
      },
    ],
  ];
  test.each(accepted)("%s", (_, news) => {
    const { inputs, failures } = checkTable(URN, {}, news);
    expect(failures).toEqual([]);
    expect(inputs).toEqual({ ...news, __defaults: [] });
  });
});

describe("defaults", () => {
  const { name: _, billingMode: __, ...nameless } = onDemand;
  const provisioned = { ...nameless, readCapacity: 1, writeCapacity: 1 };

  test("a name from the resource's, and provisioned billing", () => {
    const { inputs, failures } = checkTable(URN, {}, provisioned);
    expect(failures).toEqual([]);
    expect(inputs.name).toMatch(/^orders-[0-9a-f]{7}$/);
    expect(inputs).toMatchObject({
      billingMode: "PROVISIONED",
      __defaults: ["billingMode", "name"],
    });
  });

  test("a name that was made stays", () => {
    const first = checkTable(URN, {}, provisioned).inputs;
    expect(checkTable(URN, first, provisioned).inputs.name).toBe(first.name);
  });

  test("a name that the program gave before does not", () => {
    const { inputs } = checkTable(URN, { ...onDemand, __defaults: [] }, provisioned);
    expect(inputs.name).not.toBe(onDemand.name);
  });

  test("a generated name fits for any length of the resource's name", () => {
    const { inputs, failures } = checkTable(URN + "x".repeat(300), {}, provisioned);
    expect(String(inputs.name)).toHaveLength(255);
    expect(failures).toEqual([]);
  });
});
