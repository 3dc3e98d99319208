// The same stack in three ways. Each has `count` aliases with a table for each of `versions`. All but the
// plain tables have a pointer at the greatest version.

const table = `hashKey: "id", attributes: [{ name: "id", type: "S" }]`;

const plainTables = (count, versions) => `
for (let each = 0; each < ${count}; each++)
  for (const version of ${JSON.stringify(versions)})
    new aws.dynamodb.Table(\`a\${each}-v\${version}\`, {
      name: \`a\${each}_v\${version}\`, billingMode: "PAY_PER_REQUEST", ${table},
    });
`;

const versionedTables = (controlTable) => (count, versions) =>
  `
const swap = require("pulumi-swap");
for (let each = 0; each < ${count}; each++)
  new swap.VersionedTable("a" + each, {
    alias: "a" + each, controlTable: "${controlTable}", table: { ${table} },
    versions: ${JSON.stringify(versions)}, activeVersion: ${Math.max(...versions)},
  });
`;

/** The usual way: the logic is in the provider object, which Pulumi serializes into the state. */
const naiveProvider = (controlTable) => (count, versions) =>
  `
const dynamodb = require("@aws-sdk/client-dynamodb");

async function write({ controlTable, alias, version }) {
  const client = new dynamodb.DynamoDBClient({});
  const key = { TableName: controlTable, Key: { pk: { S: alias } }, ConsistentRead: true };
  const { Item } = await client.send(new dynamodb.GetItemCommand(key));
  if (Item && Number(Item.ver.N) >= version)
    throw new Error("version " + version + " of " + alias + " is not greater than " + Item.ver.N);
  await client.send(new dynamodb.PutItemCommand({
    TableName: controlTable,
    Item: { pk: { S: alias }, ver: { N: String(version) }, at: { N: String(Date.now()) } },
  }));
}

const provider = {
  async diff(id, olds, news) {
    return { changes: olds.version !== news.version };
  },
  async create(inputs) {
    await write(inputs);
    return { id: inputs.alias, outs: inputs };
  },
  async update(id, olds, news) {
    await write(news);
    return { outs: news };
  },
  async read(id, props) {
    const client = new dynamodb.DynamoDBClient({});
    const key = { TableName: props.controlTable, Key: { pk: { S: props.alias } } };
    const { Item } = await client.send(new dynamodb.GetItemCommand(key));
    return { id, props: { ...props, version: Number(Item.ver.N) } };
  },
};

class Pointer extends pulumi.dynamic.Resource {
  constructor(name, props, opts) {
    super(provider, name, props, opts);
  }
}

for (let each = 0; each < ${count}; each++) {
  const tables = ${JSON.stringify(versions)}.map((version) =>
    new aws.dynamodb.Table(\`a\${each}-v\${version}\`, {
      name: \`a\${each}_v\${version}\`, billingMode: "PAY_PER_REQUEST", ${table},
    }));
  new Pointer("a" + each, {
    controlTable: "${controlTable}", alias: "a" + each, version: ${Math.max(...versions)},
  }, { dependsOn: tables });
}
`;

export const CONTROL_TABLE = "bench_swap";

/** The kinds of stack, by name. */
export const PROGRAMS = {
  plain: plainTables,
  ours: versionedTables(CONTROL_TABLE),
  naive: naiveProvider(CONTROL_TABLE),
};
