import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, join, resolve } from "node:path";
import { findActive } from "../../src/pointer";
import { controlTable, dynamodb, versionTable } from "./dynamodb";
import { Project, temporaryFolder } from "./project";

const checkout = resolve(__dirname, "../..");
const { version } = JSON.parse(readFileSync(join(checkout, "package.json"), "utf8"));
const folder = temporaryFolder();
const archives = join(folder, "artifacts");
const plugin = join(folder, "plugin");
const schema = JSON.parse(readFileSync(join(checkout, "schema.json"), "utf8"));

/** The archive for a system, this machine's by default. */
const archive = (
  system: string = process.platform,
  architecture = process.arch.replace("x64", "amd64"),
) => join(archives, `pulumi-resource-swap-v${version}-${system}-${architecture}.tar.gz`);

let server: Server;
beforeAll(async () => {
  execFileSync(process.execPath, [join(checkout, "tools/plugin/pack.mjs"), archives]);
  mkdirSync(plugin);
  execFileSync("tar", ["-xzf", archive(), "-C", plugin]);
  server = createServer((request, response) => {
    const file = join(archives, basename(decodeURIComponent(request.url ?? "")));
    if (existsSync(file)) response.end(readFileSync(file));
    else response.writeHead(404).end();
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

test("there is an archive for each system, with its launcher, the licences and no node_modules", () => {
  expect(readdirSync(archives)).toEqual(
    ["darwin", "linux", "windows"].flatMap((system) =>
      ["amd64", "arm64"].map((architecture) => basename(archive(system, architecture))),
    ),
  );
  for (const system of ["linux", "windows"]) {
    const launcher = system === "windows" ? "pulumi-resource-swap.cmd" : "pulumi-resource-swap";
    const list = execFileSync("tar", ["-tzf", archive(system, "amd64")], { encoding: "utf8" });
    expect(list.trim().split("\n").sort()).toEqual(
      [
        "LICENCES.txt",
        "LICENSE",
        "lambda.br",
        "lambda.js",
        "main.js",
        launcher,
        "schema.json",
      ].sort(),
    );
  }
});

/** A YAML project that knows of no swap plugin. */
async function bare(program: string): Promise<Project> {
  const project = new Project(program, { language: "yaml", withoutSwap: true });
  await project.init();
  return project;
}

const program = `
resources:
  packed:
    type: swap:ActiveVersion
    properties: { controlTable: packed_swap, alias: packed, version: 1 }
`;

test("pulumi package get-schema and add work with the unpacked archive", async () => {
  const project = await bare("resources: {}\n");
  const executable = join(plugin, "pulumi-resource-swap");
  const got = await project.pulumi("package", "get-schema", executable);
  expect(got).toMatchObject({ code: 0 });
  const served = Object.keys(JSON.parse(got.output).resources);
  expect(served).toEqual(Object.keys(schema.resources).sort());
  expect(await project.pulumi("package", "add", executable)).toMatchObject({ code: 0 });
  expect(project.read("Pulumi.yaml")).toMatch(new RegExp(`swap: swap@${version}`));
  project.remove();
});

test("pulumi plugin install takes the archive, and a program then finds the plugin by its name", async () => {
  await controlTable("packed_swap");
  await versionTable("packed_v1");
  const project = await bare(program);
  const missing = await project.preview();
  expect(missing.code).not.toBe(0);
  const install = ["plugin", "install", "resource", "swap", version, "--file", archive()];
  expect(await project.pulumi(...install)).toMatchObject({ code: 0 });
  expect(await project.up()).toMatchObject({ code: 0 });
  const row = await findActive({ client: dynamodb(), controlTable: "packed_swap" }, "packed");
  expect(row).toMatchObject({ version: 1, by: "pulumi:test/dev" });
  project.remove();
});

test("a web server that has the archives is enough to install it from", async () => {
  const project = await bare("resources: {}\n");
  const { port } = server.address() as AddressInfo;
  const from = ["--server", `http://127.0.0.1:${port}/swap`];
  const install = ["plugin", "install", "resource", "swap", version, ...from];
  expect(await project.pulumi(...install)).toMatchObject({ code: 0 });
  const listed = await project.pulumi("plugin", "ls", "--json");
  expect(JSON.parse(listed.output)).toMatchObject([{ name: "swap", version }]);
  project.remove();
});
