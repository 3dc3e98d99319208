import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { findActive } from "../../src/pointer";
import { CHECKOUT, installed, manifest, PULUMI_NEW, pack, run, write } from "../package/packed";
import { dynamodb } from "./dynamodb";
import { Project } from "./project";

const example = readFileSync(join(CHECKOUT, "examples/orders/index.ts"), "utf8");

/** The lowest Pulumi that package.json supports; the other tests run the one of the checkout. */
const lowest = (name: string) => {
  const range: string = manifest.peerDependencies[name];
  const version = /^>=(\S+) /.exec(range)?.[1];
  if (version === undefined) throw new Error(`no lowest version in "${range}"`);
  return `${name}@${version}`;
};

/** A project whose folder has the archive and Pulumi installed, where others have the checkout. */
const project = new Project("", { env: { TEST_TYPESCRIPT: "true" } });
const { folder } = project;

beforeAll(async () => {
  rmSync(join(folder, "node_modules"), { recursive: true });
  rmSync(join(folder, "index.js"));
  // The newest TypeScript that the lowest Pulumi accepts.
  const typescript = "typescript@5.9.3";
  const peers = [lowest("@pulumi/pulumi"), lowest("@pulumi/aws"), typescript, "@types/node"];
  await installed((await pack()).file, peers, folder);
  write(folder, {
    "Pulumi.yaml": project.read("Pulumi.yaml").replace("typescript: false", "typescript: true"),
    "index.ts": example
      .replace("demo_swap", "archived_swap")
      .replace('alias: "orders"', 'alias: "archived"'),
    "tsconfig.json": JSON.stringify({
      // As `pulumi new aws-typescript` writes them.
      compilerOptions: PULUMI_NEW,
      files: ["index.ts"],
    }),
  });
  await project.init();
});
afterAll(() => project.remove());

test("the TypeScript example, compiled by Pulumi, makes its first version live", async () => {
  await project.pulumi("config", "set", "activeVersion", "1");
  expect(await project.up()).toMatchObject({ code: 0 });
  const ref = { client: dynamodb(), controlTable: "archived_swap" };
  expect(await findActive(ref, "archived")).toMatchObject({ version: 1 });
});

test("the installed swap shows what the program made", async () => {
  const env = { ...project.env, SWAP_CONTROL_TABLE: "archived_swap" };
  expect(await run("npx", ["swap", "resolve", "archived"], { cwd: folder, env })).toMatchObject({
    code: 0,
    stdout: "archived_v1\n",
  });
});

test("the type tests of a program hold against the installed package", async () => {
  for (const name of ["program", "expect-type"])
    write(folder, {
      [`types/${name}.ts`]: readFileSync(join(CHECKOUT, "test/types", `${name}.ts`), "utf8"),
    });
  const options = { strict: true, noEmit: true, module: "nodenext", target: "es2022" };
  write(folder, {
    "types/tsconfig.json": JSON.stringify({
      // @pulumi/aws alone has some six thousand files of types.
      compilerOptions: { ...options, skipLibCheck: true, types: ["node"] },
    }),
  });
  expect(await run("npx", ["tsc", "-p", "types"], { cwd: folder })).toEqual({
    code: 0,
    stdout: "",
    stderr: "",
  });
});

test("the installed code destroys the stack", async () => {
  await project.pulumi("config", "set", "forceDestroy", "true");
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await project.destroy()).toMatchObject({ code: 0 });
});
