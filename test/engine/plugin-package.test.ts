import { execFileSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { findActive } from "../../src/pointer";
import { controlTable, dynamodb, versionTable } from "./dynamodb";
import { Project, temporaryFolder } from "./project";

const checkout = resolve(__dirname, "../..");
const { version } = JSON.parse(readFileSync(join(checkout, "package.json"), "utf8"));
const folder = temporaryFolder();
const plugin = join(folder, "package/plugin");
const schema = JSON.parse(readFileSync(join(checkout, "schema.json"), "utf8"));

beforeAll(() => {
  // Without scripts: the tests run on a build, and must not replace it under each other.
  const pack = ["pack", "--ignore-scripts", "--silent", "--pack-destination", folder];
  const tarball = execFileSync("npm", pack, { cwd: checkout, encoding: "utf8" }).trim();
  execFileSync("tar", ["-xzf", join(folder, tarball), "-C", folder]);
});
afterAll(() => rmSync(folder, { recursive: true }));

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

test("pulumi package get-schema and add work with the folder of the unpacked tarball", async () => {
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

test("pulumi plugin install takes the folder, and a program then finds the plugin by its name", async () => {
  await controlTable("packed_swap");
  await versionTable("packed_v1");
  const project = await bare(program);
  const missing = await project.preview();
  expect(missing.code).not.toBe(0);
  const install = ["plugin", "install", "resource", "swap", version, "--file", plugin];
  expect(await project.pulumi(...install)).toMatchObject({ code: 0 });
  rmSync(plugin, { recursive: true });
  expect(await project.up()).toMatchObject({ code: 0 });
  const row = await findActive({ client: dynamodb(), controlTable: "packed_swap" }, "packed");
  expect(row).toMatchObject({ version: 1, by: "pulumi:test/dev" });
  project.remove();
});
