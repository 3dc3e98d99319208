import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const PRELOADED = join(__dirname, "compile-cache.cjs");
const DYNAMIC_PROVIDER = "@pulumi/pulumi/cmd/dynamic-provider/index.js";

const checkout = resolve(__dirname, "../..");

const folders: string[] = [];

/** What all engine tests share: the engine, the plugin and a compile cache. */
export default async function setUp(): Promise<void> {
  const { ensureEngine } = await import("../../tools/pulumi-engine/index.mjs");
  const engine = await ensureEngine();
  process.env.TEST_PULUMI_BIN = engine.binDir;
  process.env.TEST_EMPTY_STACK = emptyStack(engine.binDir);
  process.env.TEST_SWAP_PLUGIN = pluginApart();
  process.env.TEST_COMPILE_CACHE = compileCache(process.env.TEST_SWAP_PLUGIN);
}

function folder(name: string): string {
  const made = mkdtempSync(join(tmpdir(), `pulumi-swap-${name}-`));
  folders.push(made);
  return made;
}

/** The settings and the state of a new stack of project `test`, as JSON: one for all, with their passphrase. */
function emptyStack(binDir: string): string {
  const made = folder("stack");
  writeFileSync(join(made, "Pulumi.yaml"), "name: test\nruntime: yaml\n");
  execFileSync(join(binDir, "pulumi"), ["stack", "init", "dev", "--non-interactive"], {
    cwd: made,
    env: {
      PATH: process.env.PATH,
      HOME: made,
      PULUMI_BACKEND_URL: `file://${made}`,
      PULUMI_CONFIG_PASSPHRASE: "test",
      PULUMI_SKIP_UPDATE_CHECK: "true",
    },
    stdio: "ignore",
  });
  const files = ["Pulumi.dev.yaml", ".pulumi/stacks/test/dev.json"];
  return JSON.stringify(files.map((each) => readFileSync(join(made, each), "utf8")));
}

/** The plugin as it is shipped, in a folder from where nothing of this checkout can be required. */
function pluginApart(): string {
  const target = folder("plugin");
  cpSync(join(checkout, "plugin"), target, { recursive: true });
  return target;
}

/**
 * A folder with Node's compile cache of the plugins, which otherwise compile themselves in each run: most of
 * their processor time. The engine kills a plugin, and only a process that exits fills the cache.
 */
function compileCache(swapPlugin: string): string {
  const target = folder("compiled");
  const plugins = [
    [join(checkout, "build/tools/local-aws/aws-provider/main.js")],
    [join(checkout, "dist/dynamic/host-entry.js"), require.resolve(DYNAMIC_PROVIDER)],
    [join(swapPlugin, "main.js")],
  ];
  const load = (files: string[]) => `
    process.argv = [process.execPath, ${JSON.stringify(files.at(-1))}, "127.0.0.1:1"];
    for (const file of ${JSON.stringify(files)}) require(file);
    setImmediate(() => process.exit(0));`;
  for (const files of plugins)
    execFileSync(process.execPath, ["--require", PRELOADED, "-e", load(files)], {
      env: { ...process.env, NODE_COMPILE_CACHE: target },
      stdio: "ignore",
    });
  return target;
}

export async function tearDown(): Promise<void> {
  for (const made of folders) rmSync(made, { recursive: true, force: true, maxRetries: 10 });
}
