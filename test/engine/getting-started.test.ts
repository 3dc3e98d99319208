import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { findActive } from "../../src/pointer";
import { type LocalDynamoDB, startEmbeddedDynamoDB } from "../../tools/local-aws/embedded-dynamodb";
import { type Block, blocksOf, CHECKOUT, textOf } from "../docs/blocks";
import { manifest, pack, type Ran, run } from "../package/packed";
import { temporaryFolder } from "./project";

const PAGE = "docs/getting-started.md";
const page = textOf(PAGE);
const blocks = blocksOf(PAGE, page);

/** The chapter that a block is in, such as `2. Declare the first version`. */
const chapterOf = ({ line }: Block) =>
  page
    .split("\n")
    .slice(0, line)
    .findLast((each) => each.startsWith("## "))
    ?.slice("## ".length);

/** The file that the sentence before a block names as the one that holds it. */
const fileOf = ({ line }: Block) =>
  /`([\w.]+\.(?:yaml|ts|mjs))`[^`]*$/.exec(
    page
      .split("\n")
      .slice(0, line - 1)
      .join("\n")
      .trimEnd()
      .split("\n\n")
      .at(-1) ?? "",
  )?.[1];

/** A parent of the project, where a user has a clone next to it. */
const folder = temporaryFolder();
const project = join(folder, "shop");
const session = join(folder, "session.sh");
/** A database for this test only, so that the page's names can stay as they are. */
let dynamodb: LocalDynamoDB;
let client: DynamoDBClient;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  dynamodb = await startEmbeddedDynamoDB();
  client = new DynamoDBClient({
    region: "eu-west-1",
    endpoint: dynamodb.endpoint,
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  mkdirSync(join(folder, "state"));
  writeFileSync(session, `cd ${folder}\n`);
  env = {
    PATH: [
      process.env.TEST_PULUMI_BIN,
      join(CHECKOUT, "node_modules/node/bin"),
      process.env.PATH,
    ].join(":"),
    HOME: folder,
    // Instead of `pulumi login`, and of an answer to `pulumi up`.
    PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
    PULUMI_CONFIG_PASSPHRASE: "test",
    PULUMI_SKIP_CONFIRMATIONS: "true",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_HOME: join(folder, "home"),
    // Instead of AWS; not its Region, which the page sets.
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb.endpoint,
    // Instead of a download of what the machine has.
    npm_config_cache: (await run("npm", ["config", "get", "cache"], { cwd: folder })).stdout.trim(),
    npm_config_prefer_offline: "true",
    npm_config_audit: "false",
  };
});
afterAll(async () => {
  client.destroy();
  await dynamodb.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a block in the session: a folder and variables that it sets stay for the next one. */
function shell(text: string): Promise<Ran> {
  const script = `source ${session}\nset -e\n${text}\n{ export -p; echo "cd $PWD"; } > ${session}`;
  return run("bash", ["-c", script], { cwd: folder, env });
}

/** Puts a block's text where the page says: a file, or the lines that end the program's arguments. */
function put(block: Block): void {
  const name = fileOf(block);
  if (name !== undefined && !isLines(block)) {
    writeFileSync(join(project, name), `${block.text}\n`);
    return;
  }
  const program = join(project, "index.ts");
  const before = readFileSync(program, "utf8");
  const after = before.replace(/^ *versions: [\s\S]*?(?=^\}\);)/m, `${block.text}\n`);
  expect(after).not.toBe(before);
  writeFileSync(program, after);
}
const isLines = ({ text }: Block) => /^versions: /.test(text);

/** Does what a chapter says, in its order; the output of its commands. */
async function follow(chapter: string): Promise<string> {
  let output = "";
  const all = blocks.filter((block) => chapterOf(block) === chapter);
  expect(all).not.toEqual([]);
  for (const block of all) {
    if (block.language !== "sh") put(block);
    else {
      const ran = await shell(here(block.text));
      expect({ ...ran, of: block.text }).toMatchObject({ code: 0 });
      output += ran.stdout;
    }
    // Instead of the plugin that Pulumi downloads.
    if (fileOf(block) === "Pulumi.yaml") appendFileSync(join(project, "Pulumi.yaml"), LOCAL_AWS);
  }
  return output;
}

const LOCAL_AWS = `plugins:
  providers:
    - { name: aws, path: ${join(CHECKOUT, "tools/local-aws/plugin")} }
`;

/** A command of the page as it can run here. */
function here(text: string): string {
  // In the clone: the checkout is built, and packed by the test.
  if (text.includes("npm pack")) return "";
  // The registry's newest Pulumi may not fit the engine of the tests.
  return text.replace(/(?<= )@pulumi\/\w+/g, (name) => `${name}@${manifest.devDependencies[name]}`);
}

const row = () => findActive({ client, controlTable: "shop_swap" }, "orders");
const item = async (TableName: string) =>
  (await client.send(new GetItemCommand({ TableName, Key: { orderId: { S: "1" } } }))).Item;

test("1: a project is made from an empty folder, with the archive in it", async () => {
  const { file } = await pack();
  mkdirSync(join(folder, "pulumi-swap"));
  renameSync(file, join(folder, "pulumi-swap", `pulumi-swap-${manifest.version}.tgz`));
  rmSync(dirname(file), { recursive: true });
  await follow("1. Install");
});

test("2: version 1 is live", async () => {
  expect(await follow("2. Declare the first version")).toContain("orders_v1\n");
  expect(await row()).toMatchObject({ version: 1 });
});

test("3: an item goes to version 1", async () => {
  await follow("3. Read by the alias");
  expect(await item("orders_v1")).toEqual({ orderId: { S: "1" } });
});

test("4: version 2 has a verified copy", async () => {
  await follow("4. Add version 2 and fill it");
  expect(await row()).toMatchObject({ version: 1 });
  expect(await item("orders_v2")).toEqual({ orderId: { S: "1" } });
});

test("5: the cut-over passes its gate", async () => {
  expect(await follow("5. Cut over")).toContain("smaller items");
  expect(await row()).toMatchObject({ version: 2, previous: 1 });
});

test("6: version 1 is live again", async () => {
  expect(await follow("6. Roll back, or go on")).toContain("orders_v1\n");
  expect(await row()).toMatchObject({ version: 1, barred: [2] });
});
