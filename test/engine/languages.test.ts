import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBClient, PutItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import { findActive } from "../../src/pointer";
import { type MiniStack, startMiniStack } from "../../tools/local-aws/ministack/start";
import { swap } from "../cli/swap";
import { onMiniStack, until } from "./on-ministack";
import { Project } from "./project";
import { pythonWithSdk } from "./python";

const temporary = mkdtempSync(join(tmpdir(), "pulumi-swap-languages-"));
let server: MiniStack;
let client: DynamoDBClient;
beforeAll(async () => {
  if (!process.env.LANGUAGES) return;
  server = await startMiniStack({ waitScale: 0.05 });
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  client = new DynamoDBClient({ endpoint: server.endpoint, region: "eu-west-1", credentials });
});
afterAll(async () => {
  client?.destroy();
  await server?.stop();
  rmSync(temporary, { recursive: true });
});

const TRANSFORM = "export default ({ n, ...item }) => ({ ...item, count: n });\n";
const INVERSE = "export default ({ count, ...item }) => ({ ...item, n: count });\n";

/** A project whose program is not Node's, on MiniStack. */
function projectIn(runtime: string, files: Record<string, string>, env: NodeJS.ProcessEnv) {
  const { endpoint } = server;
  const project = new Project("", {
    language: "yaml",
    env: { ...env, AWS_ENDPOINT_URL: endpoint, AWS_ENDPOINT_URL_DYNAMODB: endpoint },
  });
  const settings = join(project.folder, "Pulumi.yaml");
  writeFileSync(
    settings,
    readFileSync(settings, "utf8").replace("runtime: yaml", `runtime: ${runtime}`),
  );
  const all = { "to-v2.mjs": TRANSFORM, "to-v1.mjs": INVERSE, ...files };
  for (const [name, text] of Object.entries(all)) writeFileSync(join(project.folder, name), text);
  return project;
}

const PYTHON = `import pulumi
import pulumi_swap as swap

config = pulumi.Config()
versions = {"1": swap.VersionArgs()}
if config.get_bool("migrating"):
    versions["2"] = swap.VersionArgs(
        migrate_from=swap.MigrateFromArgs(
            version=1, transform="./to-v2.mjs", inverse="to-v1.mjs",
            segments=2, concurrency=2, writers=swap.Writers.STOPPED))
orders = swap.VersionedTable(
    "orders",
    alias="python-moved",
    table=swap.VersionTableArgs(
        hash_key="pk",
        attributes=[swap.TableAttributeArgs(name="pk", type="S")],
        deletion_protection_enabled=False),
    versions=versions,
    active_version=config.require_int("activeVersion"),
    readiness=swap.ReadinessArgs(migration=swap.MigrationGateArgs(lag="5m")),
)
pulumi.export("activeTable", orders.active_table)
`;

async function story(project: Project, alias: string, control: string) {
  const up = async () => {
    const { code, output } = await project.up();
    if (code !== 0) throw new Error(output);
  };
  const to = (version: number) => project.pulumi("config", "set", "activeVersion", `${version}`);
  await project.init();
  await to(1);
  await up();
  const load = async (N: string) => {
    for (const pk of ["a", "b", "c"])
      await client.send(
        new PutItemCommand({ TableName: `${alias}_v1`, Item: { pk: { S: pk }, n: { N } } }),
      );
  };
  await load("1");
  await project.pulumi("config", "set", "migrating", "true");
  await up();
  const items = async () =>
    (await client.send(new ScanCommand({ TableName: `${alias}_v2` }))).Items ?? [];
  const replayed = (n: string) =>
    until(async () => (await items()).filter(({ count }) => count?.N === n).length === 3);
  await replayed("1");
  await load("2");
  // What is written now, before the replay begins or after, arrives.
  await replayed("2");
  const transform = join(project.folder, "to-v2.mjs");
  const flags = ["--transform", transform, "--settle", "3s"];
  const env = { AWS_ENDPOINT_URL_DYNAMODB: server.endpoint, SWAP_CONTROL_TABLE: control };
  await until(async () => (await swap(["verify", alias, "1", "2", ...flags], env)).code === 0);
  await to(2);
  await up();
  const { output } = await project.pulumi("stack", "output", "activeTable");
  expect(output.trim()).toBe(`${alias}_v2`);
  expect(await findActive({ client, controlTable: control }, alias)).toMatchObject({
    version: 2,
  });
}

/** It takes minutes: `npm run soak` runs it. */
const inSoak = process.env.LANGUAGES ? onMiniStack : test.skip;

inSoak("a Python program migrates with a transform, and cuts over", async () => {
  const project = projectIn("python", { "__main__.py": PYTHON }, pythonWithSdk(temporary));
  await story(project, "python-moved", "orders_swap");
  project.remove();
});
