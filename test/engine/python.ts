import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const checkout = resolve(__dirname, "../..");

const engine = () => process.env.TEST_PULUMI_BIN as string;
const runs = (command: string, args: string[]) => spawnSync(command, args).status === 0;

/** Why a Python program with a generated SDK can't be run here, or undefined. */
export function whyNoPython(): string | undefined {
  if (!existsSync(join(engine(), "pulumi-language-python")))
    return "this engine has no Python language host";
  if (!runs("python3", ["-c", "import venv, ensurepip"]))
    return "there is no python3 with venv on the PATH";
  const folder = mkdtempSync(join(tmpdir(), "pulumi-swap-pip-"));
  const packages = runs("python3", ["-m", "pip", "download", "--no-deps", "-d", folder, "parver"]);
  rmSync(folder, { recursive: true });
  return packages ? undefined : "pip reaches no package index";
}

/**
 * Makes an environment in the folder that holds the plugin's SDK for Python, and Pulumi's.
 *
 * @returns what has to be added to the environment variables for `python3` to be that one
 */
export function pythonWithSdk(folder: string): NodeJS.ProcessEnv {
  const sdk = join(folder, "sdk");
  generateSdk(sdk);
  const venv = join(folder, "venv");
  execFileSync("python3", ["-m", "venv", venv]);
  const pip = ["install", "--quiet", "--disable-pip-version-check"];
  execFileSync(join(venv, "bin/pip"), [...pip, join(sdk, "python")], { stdio: "inherit" });
  return { VIRTUAL_ENV: venv, TEST_PYTHON_BIN: join(venv, "bin") };
}

/** `pulumi package gen-sdk`; where the engine's host is older than that, the generator that was built with it. */
export function generateSdk(out: string): void {
  const plugin = join(process.env.TEST_SWAP_PLUGIN as string, "pulumi-resource-swap");
  const home = mkdtempSync(join(tmpdir(), "pulumi-swap-home-"));
  const asked = spawnSync(
    join(engine(), "pulumi"),
    ["package", "gen-sdk", plugin, "--language", "python", "--out", out],
    {
      encoding: "utf8",
      env: {
        ...process.env,
        PATH: [engine(), join(checkout, "node_modules/.bin"), process.env.PATH].join(":"),
        PULUMI_HOME: home,
        PULUMI_SKIP_UPDATE_CHECK: "true",
      },
    },
  );
  rmSync(home, { recursive: true });
  if (asked.status === 0) return;
  const generator = join(engine(), "../gen-sdk");
  if (!asked.stderr.includes("GeneratePackage not implemented") || !existsSync(generator))
    throw new Error(asked.stderr);
  execFileSync(generator, [join(checkout, "schema.json"), "python", join(out, "python")], {
    stdio: "inherit",
  });
}
