import { cpSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { createControlTable, setActive } from "../../src/pointer";
import { type LocalDynamoDB, startEmbeddedDynamoDB } from "../../tools/local-aws/embedded-dynamodb";
import { CHECKOUT, installed, pack, packagesIn, type Ran, run, write } from "./packed";

let folder: string;
/** What an application with the AWS SDK had before it installed the archive. */
let before: string[];
let dynamodb: LocalDynamoDB;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  folder = await installed(undefined, ["@aws-sdk/client-dynamodb", "@types/node"]);
  before = packagesIn(folder);
  await installed((await pack()).file, [], folder);
  dynamodb = await startEmbeddedDynamoDB();
  env = {
    PATH: process.env.PATH,
    HOME: folder,
    AWS_REGION: "eu-west-1",
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb.endpoint,
    SWAP_CONTROL_TABLE: "shop_swap",
  };
  const client = new DynamoDBClient({
    endpoint: dynamodb.endpoint,
    region: "eu-west-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  const ref = { client, controlTable: "shop_swap" };
  await createControlTable(ref);
  await setActive(ref, "orders", 4);
  client.destroy();
});
afterAll(async () => {
  await dynamodb.stop();
  rmSync(folder, { recursive: true, force: true });
});

const here = (command: string, ...args: string[]): Promise<Ran> =>
  run(command, args, { cwd: folder, env });

test("an application that has the AWS SDK gets exactly one package", () => {
  const added = packagesIn(folder).filter((path) => !before.includes(path));
  expect(added).toEqual(["node_modules/pulumi-swap"]);
});

test("assuming a role without the optional package names the one to install", async () => {
  write(folder, {
    "role.cjs": `
// By its file: the room is no entry of the package, and the providers need Pulumi.
const { createClient } = require("./node_modules/pulumi-swap/dist/aws/connection");
const { getActive } = require("pulumi-swap/pointer");
const assumeRole = { roleArn: "arn:aws:iam::123456789012:role/deploy" };
(async () => {
  try {
    const client = createClient({ region: "eu-west-1", assumeRole });
    await getActive({ client, controlTable: "shop_swap" }, "orders");
  } catch ({ message, hint = "" }) {
    console.log(message, hint);
  }
})();`,
  });
  const { stdout } = await here("node", "role.cjs");
  expect(stdout).toContain("npm install @aws-sdk/credential-providers");
  expect(stdout.trim().split("\n")).toHaveLength(1);
});

test("swap without the AWS SDK names the package to install", async () => {
  const bare = await installed(undefined, []);
  cpSync(join(folder, "node_modules/pulumi-swap"), join(bare, "node_modules/pulumi-swap"), {
    recursive: true,
  });
  const bin = join(bare, "node_modules/pulumi-swap/bin/run.js");
  const ran = await run(process.execPath, [bin, "get", "orders"], { cwd: bare, env });
  expect(ran).toMatchObject({ code: 1, stdout: "" });
  expect(ran.stderr).toContain("npm install @aws-sdk/client-dynamodb");
  expect(ran.stderr).not.toContain(bare);
  rmSync(bare, { recursive: true });
});

const reading = `
const orders = createResolver({ alias: "orders", controlTable: "shop_swap", client: new DynamoDBClient({}) });
console.log((await orders.resolve()).table, tableName("orders", 5), match(new Error(), "swap.not-ready"));
orders.stop();
`;

test("the reader, the pointer and the errors work from an ES module", async () => {
  write(folder, {
    "reading.mjs": `
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { match } from "pulumi-swap/errors";
import { tableName } from "pulumi-swap/pointer";
import { createResolver } from "pulumi-swap/reader";
${reading}`,
  });
  expect(await here("node", "reading.mjs")).toEqual({
    code: 0,
    stdout: "orders_v4 orders_v5 false\n",
    stderr: "",
  });
});

test("they work from CommonJS", async () => {
  write(folder, {
    "reading.cjs": `
const { DynamoDBClient } = require("@aws-sdk/client-dynamodb");
const { match } = require("pulumi-swap/errors");
const { tableName } = require("pulumi-swap/pointer");
const { createResolver } = require("pulumi-swap/reader");
(async () => {${reading}})();`,
  });
  expect(await here("node", "reading.cjs")).toEqual({
    code: 0,
    stdout: "orders_v4 orders_v5 false\n",
    stderr: "",
  });
});

test("nothing else of the package can be imported", async () => {
  const { stderr } = await here("node", "-e", 'require("pulumi-swap/dist/pointer/read.js")');
  expect(stderr).toContain("ERR_PACKAGE_PATH_NOT_EXPORTED");
});

test("npx swap runs", async () => {
  const { version } = JSON.parse(readFileSync(join(CHECKOUT, "package.json"), "utf8"));
  expect((await here("npx", "swap", "--version")).stdout).toContain(`pulumi-swap/${version}`);
  expect(await here("npx", "swap", "resolve", "orders")).toMatchObject({
    code: 0,
    stdout: "orders_v4\n",
  });
  // It takes the code of migrations from the package next to it.
  const verified = await here("npx", "swap", "verify", "orders", "3", "4");
  expect(verified.stderr).toContain('table "orders_v3"');
  const help = await here("npx", "swap", "doctor", "--help");
  expect(help).toMatchObject({ code: 0, stdout: expect.stringContaining("--control-table") });
});

/** The types alone: TypeScript itself is the checkout's. */
function compile(options: Record<string, unknown>, files: string[]): Promise<Ran> {
  write(folder, {
    "tsconfig.json": JSON.stringify({
      compilerOptions: {
        strict: true,
        noEmit: true,
        target: "es2022",
        types: ["node"],
        ...options,
      },
      files,
    }),
  });
  return run(process.execPath, [join(CHECKOUT, "node_modules/typescript/bin/tsc"), "-p", folder], {
    cwd: folder,
  });
}

const typeTests = (extension: string): Record<string, string> =>
  Object.fromEntries(
    ["errors", "pointer", "reader", "expect-type"].map((name) => {
      const text = readFileSync(join(CHECKOUT, "test/types", `${name}.ts`), "utf8");
      // An ES module names the file that it imports in full.
      return [
        `types-${extension}/${name}.${extension}`,
        text.replace('"./expect-type"', `"./expect-type.${extension.replace("ts", "js")}"`),
      ];
    }),
  );

test.each([
  ["nodenext, CommonJS", "cts", { module: "nodenext" }],
  ["nodenext, ES modules", "mts", { module: "nodenext", skipLibCheck: true }],
  ["a bundler", "ts", { module: "esnext", moduleResolution: "bundler", skipLibCheck: true }],
])(
  "the type tests hold without Pulumi for TypeScript with %s",
  async (_name, extension, options) => {
    const files = typeTests(extension);
    write(folder, files);
    expect(await compile(options, Object.keys(files))).toEqual({ code: 0, stdout: "", stderr: "" });
  },
);
