import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { build } from "esbuild";
import { createControlTable, setActive } from "../../src/pointer";
import { type LocalDynamoDB, startEmbeddedDynamoDB } from "../../tools/local-aws/embedded-dynamodb";
import { CHECKOUT, installed, pack, run, write } from "./packed";

const TABLE = "shop_swap";
/** Bundlers that the package does not need itself; test/package alone installs them. */
const BUNDLERS = [
  "rollup@4.68.8",
  "@rollup/plugin-node-resolve@16.0.3",
  "@rollup/plugin-commonjs@29.0.3",
  "@rollup/plugin-json@6.1.0",
  "webpack@5.112.2",
];

let folder: string;
let empty: string;
let dynamodb: LocalDynamoDB;
beforeAll(async () => {
  empty = mkdtempSync(join(tmpdir(), "pulumi-swap-bundle-"));
  folder = await installed((await pack()).file, ["@opentelemetry/api", ...BUNDLERS]);
  write(folder, { "app.mjs": application });
  dynamodb = await startEmbeddedDynamoDB();
  const client = new DynamoDBClient({
    endpoint: dynamodb.endpoint,
    region: "eu-west-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  const ref = { client, controlTable: TABLE };
  await createControlTable(ref);
  await setActive(ref, "orders", 4);
  client.destroy();
});
afterAll(async () => {
  await dynamodb.stop();
  for (const each of [folder, empty]) rmSync(each, { recursive: true, force: true });
});

/** Each entry that an application bundles; the errors of one must be known to the other. */
const application = `
import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { match } from "pulumi-swap/errors";
import { getActive, tableName } from "pulumi-swap/pointer";
import { createResolver, follow } from "pulumi-swap/reader";
import { observe } from "pulumi-swap/reader/otel";

const client = new DynamoDBClient({});
const ref = { client, controlTable: "${TABLE}" };
const orders = createResolver({ alias: "orders", ...ref });
const { table } = await orders.resolve();
const absent = await getActive(ref, "nothing").catch((error) => error);
const get = new GetItemCommand({ TableName: "orders", Key: { id: { S: "a" } } });
const gone = await follow(client, orders).send(get).catch((error) => error);
console.log(table, tableName("orders", 5), match(absent, "swap.no-active-version"), gone.name, typeof observe);
orders.stop();
`;
const PRINTED = "orders_v4 orders_v5 true ResourceNotFoundException function\n";

/** Runs a bundle where nothing is installed, unless it is to find the SDK there. */
async function runs(bundle: string, where = empty): Promise<void> {
  if (where !== folder) cpSync(join(folder, bundle), join(where, bundle));
  const env = {
    PATH: process.env.PATH,
    AWS_REGION: "eu-west-1",
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb.endpoint,
  };
  expect(await run(process.execPath, [bundle], { cwd: where, env })).toEqual({
    code: 0,
    stdout: PRINTED,
    stderr: "",
  });
}

const esbuild = (outfile: string, options: Parameters<typeof build>[0]) =>
  build({
    absWorkingDir: folder,
    entryPoints: ["app.mjs"],
    bundle: true,
    platform: "node",
    target: "node22",
    format: "esm",
    logLevel: "silent",
    outfile,
    ...options,
  });

test("esbuild, an ES module with the SDK in it", async () => {
  // As the SDK needs it: its CommonJS can't go into an ES module either.
  await esbuild("all.mjs", { mainFields: ["module", "main"] });
  await runs("all.mjs");
});

test("esbuild, an ES module with the SDK left out", async () => {
  await esbuild("without-sdk.mjs", { external: ["@aws-sdk/*"] });
  await runs("without-sdk.mjs", folder);
});

test("esbuild, an ES module that is minified and split", async () => {
  const options = { mainFields: ["module", "main"], minify: true, splitting: true };
  await esbuild("all.mjs", { ...options, outfile: undefined, outdir: "split" } as never);
  expect(readFileSync(join(folder, "split/app.js"), "utf8")).not.toContain("Dynamic require");
});

test("esbuild, CommonJS", async () => {
  const iife = application.replaceAll(/^import (.*) from (.*);$/gm, "const $1 = require($2);");
  write(folder, { "app.cjs": `(async () => {${iife}})();` });
  await esbuild("all.cjs", { entryPoints: ["app.cjs"], format: "cjs" });
  await runs("all.cjs");
});

test("rollup, an ES module", async () => {
  write(folder, {
    "rollup.config.mjs": `
import commonjs from "@rollup/plugin-commonjs";
import json from "@rollup/plugin-json";
import { nodeResolve } from "@rollup/plugin-node-resolve";
export default {
  input: "app.mjs",
  output: { file: "rollup.mjs", format: "es", inlineDynamicImports: true },
  plugins: [nodeResolve({ preferBuiltins: true, exportConditions: ["node"] }), commonjs(), json()],
  onwarn() {},
};`,
  });
  const made = await run("npx", ["rollup", "-c"], { cwd: folder });
  expect(made).toMatchObject({ code: 0 });
  await runs("rollup.mjs");
});

test("webpack, an ES module", async () => {
  write(folder, {
    "webpack.mjs": `
import webpack from "webpack";
webpack({
  mode: "production", target: "node22", entry: "./app.mjs", context: import.meta.dirname,
  experiments: { outputModule: true },
  output: { module: true, path: import.meta.dirname, filename: "webpack-out.mjs" },
  optimization: { splitChunks: false },
  plugins: [new webpack.optimize.LimitChunkCountPlugin({ maxChunks: 1 })],
}, (error, stats) => {
  if (error || stats.hasErrors()) { console.error(error ?? stats.toString("errors-only")); process.exitCode = 1; }
});`,
  });
  expect(await run(process.execPath, ["webpack.mjs"], { cwd: folder })).toMatchObject({ code: 0 });
  await runs("webpack-out.mjs");
});

/**
 * What an application pays for a reader: bytes of a minified bundle without the SDK, by what it imports. Each
 * may grow by less than a percent before it fails: raise it with a reason, lower it when it shrinks. The last reason:
 * a row made again without its table's name, the fence of a row, and the count of writes that waited for one.
 */
const WEIGHTS = [
  { imports: ["createResolver"], most: 28_600 },
  { imports: ["createResolver", "follow"], most: 35_100 },
  { imports: ["createResolver", "follow", "pin", "snapshotAt"], most: 35_700 },
];

test.each(WEIGHTS)(
  "a reader with $imports takes at most $most bytes",
  async ({ imports, most }) => {
    const text = await minified(`export { ${imports.join(", ")} } from "pulumi-swap/reader";`);
    process.stdout.write(
      `reader, minified, without the SDK: ${text.length} bytes, ${gzipSync(text).length} gzipped (${imports.join(", ")})\n`,
    );
    expect(text.length).toBeLessThanOrEqual(most);
  },
);

/** What the modules of a reader are for, in the words of docs/architecture.md. */
const PURPOSES: Record<string, RegExp> = {
  "the value that is served":
    /^reader\/(pointer-resolver|cached-pointer|compare-readings|snapshot|environment|schedule|create-resolver|resolver-route)\./,
  reads: /^(reader\/(pointer-source|read-rows)|aws\/(batch-get|send|user-agent)|pointer\/read)\./,
  "the row":
    /^pointer\/(row|fence|history|version-set|whole-number|corrupt-attribute|names\/table-name)\./,
  "texts of errors": /^(errors\/|reader\/errors\.)/,
  "failures of AWS": /^aws\/(aws-errors|aws-failure|endpoint|network-failures)\./,
  "checks of options": /^(validation\/|reader\/options\.|pointer\/names\/alias\.)/,
  "check of the SDK's release": /^aws\/client-release\./,
  "events and status": /^reader\/(reporter|status)\./,
};

test("docs/architecture.md says what a reader's bytes are for", async () => {
  const { metafile } = await bundled('export { createResolver } from "pulumi-swap/reader";');
  const bytes: Record<string, number> = {};
  for (const { inputs } of Object.values(metafile.outputs))
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      if (bytesInOutput === 0) continue;
      const module = path.replace(/^.*\/dist\/es\//, "");
      const found = Object.keys(PURPOSES).filter((purpose) => PURPOSES[purpose]?.test(module));
      expect([module, found.length]).toEqual([module, 1]);
      bytes[found[0] ?? ""] = (bytes[found[0] ?? ""] ?? 0) + bytesInOutput;
    }
  const page = readFileSync(join(CHECKOUT, "docs/architecture.md"), "utf8");
  for (const [purpose, taken] of Object.entries(bytes)) {
    const row = page.split("\n").find((line) => line.startsWith(`| ${purpose}`));
    process.stdout.write(`reader, ${purpose}: ${taken} bytes\n`);
    const written = Number(row?.split("|")[2]);
    expect([purpose, Math.abs(written - taken / 1000) < 0.2]).toEqual([purpose, true]);
  }
  expect(Object.keys(bytes)).toHaveLength(Object.keys(PURPOSES).length);
});

test("a reader has nothing of a writer in its bundle", async () => {
  const reader = await minified('export * from "pulumi-swap/reader";');
  const writer = await minified('export * from "pulumi-swap/pointer";');
  // Commands, expressions, and a text of each code that only writers meet.
  for (const part of [
    "UpdateItemCommand",
    "DeleteItemCommand",
    "CreateTableCommand",
    "ConditionExpression",
    "version regressed",
    "is barred",
    "is retired",
    "was expected at version",
    "the outcome of setting",
  ]) {
    expect([part, writer.includes(part)]).toEqual([part, true]);
    expect([part, reader.includes(part)]).toEqual([part, false]);
  }
  expect(reader).not.toMatch(/node:crypto|must stay|is not ready/);
});

async function minified(contents: string): Promise<string> {
  return (await bundled(contents)).outputFiles[0]?.text ?? "";
}

/** An application's bundle for Node, with the SDK left out. */
function bundled(contents: string) {
  return build({
    stdin: { contents, resolveDir: folder },
    bundle: true,
    minify: true,
    platform: "node",
    target: "node22",
    format: "esm",
    external: ["@aws-sdk/*"],
    outfile: "app.mjs",
    metafile: true,
    write: false,
  });
}
