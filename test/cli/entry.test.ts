import { spawn, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { BASE_ENV, BIN, ended, swap } from "./swap";

/** The entry alone, in a package that is not whole. */
function entryIn(main: string | undefined): { code: number | null; stderr: string } {
  const folder = mkdtempSync(join(tmpdir(), "swap-cli-entry-"));
  cpSync(dirname(BIN), join(folder, "bin"), { recursive: true });
  if (main !== undefined) {
    mkdirSync(join(folder, "dist/command"), { recursive: true });
    writeFileSync(join(folder, "dist/command/swap.js"), main);
  }
  const { status, stderr } = spawnSync(process.execPath, [join(folder, "bin/run.js"), "get"], {
    encoding: "utf8",
    env: BASE_ENV,
  });
  expect(stderr).not.toContain(folder);
  return { code: status, stderr };
}

test("an old Node gives one line", async () => {
  expect(
    await swap(["get", "orders"], {
      NODE_OPTIONS: `--require ${join(__dirname, "old-node.cjs")}`,
    }),
  ).toEqual({
    code: 1,
    stdout: "",
    stderr:
      "swap: Node 20.19.0 is too old: Node 22 or newer is needed\n" +
      "  fix: install Node 22 or newer and run swap again\n",
  });
});

test("a checkout that is not compiled is an error", () => {
  expect(entryIn(undefined)).toEqual({
    code: 1,
    stderr:
      "swap: the command line is not compiled yet\n  fix: run npm run build in the checkout\n",
  });
});

test("a missing dependency is reported without paths", () => {
  expect(entryIn('require("@oclif/absent");')).toEqual({
    code: 1,
    stderr:
      "swap: it could not be loaded: Cannot find module '@oclif/absent'\n" +
      "  fix: install the package and its dependencies again (npm ci in a checkout)\n",
  });
});

test("compiled code is kept in the user's cache folder", async () => {
  const cache = mkdtempSync(join(tmpdir(), "swap-cli-cache-"));
  expect(await swap(["--version"], { XDG_CACHE_HOME: cache })).toMatchObject({ code: 0 });
  expect(existsSync(join(cache, "swap/compiled"))).toBe(true);
});

/** The compiled code that runs have kept in a cache folder, by command. */
function keptIn(cache: string): Record<string, string> {
  const [made = ""] = readdirSync(join(cache, "swap/compiled"));
  const folder = join(cache, "swap/compiled", made);
  const names = readdirSync(folder).filter((name) => name.startsWith("swap-"));
  return Object.fromEntries(names.map((name) => [name, join(folder, name)]));
}

test("compiled code is kept for each command, after a run that was good", async () => {
  const env = { XDG_CACHE_HOME: mkdtempSync(join(tmpdir(), "swap-cli-cache-")) };
  for (const args of [["get", "a/b"], ["nope"], ["--version"], ["-v"], ["constructor"]])
    await swap(args, env);
  expect(Object.keys(keptIn(env.XDG_CACHE_HOME))).toEqual([]);
  await swap(["get", "--help"], env);
  await swap(["completion", "bash"], env);
  expect(Object.keys(keptIn(env.XDG_CACHE_HOME))).toEqual(["swap-completion", "swap-help"]);
});

test("compiled code is used again, and made again when it is of another build or broken", async () => {
  const env = { XDG_CACHE_HOME: mkdtempSync(join(tmpdir(), "swap-cli-cache-")) };
  const help = await swap(["--help"], env);
  const { "swap-help": file = "" } = keptIn(env.XDG_CACHE_HOME);
  const { ino } = statSync(file);
  expect(await swap(["--help"], env)).toEqual(help);
  expect(statSync(file).ino).toBe(ino);

  const good = readFileSync(file);
  const bytes = (text: string) => Buffer.from(text, "latin1");
  for (const bad of [
    good.subarray(0, good.length >> 1),
    bytes("x"),
    bytes(`x${good.subarray(1)}`),
  ]) {
    writeFileSync(file, bad);
    expect(await swap(["--help"], env)).toEqual(help);
    expect(readFileSync(file).subarray(0, 64)).toEqual(good.subarray(0, 64));
    expect(readFileSync(file).length).toBeGreaterThan(good.length / 2 + 1);
  }
});

test("a cache folder that can't be made is done without", async () => {
  expect(await swap(["--version"], { XDG_CACHE_HOME: "/dev/null" })).toMatchObject({
    code: 0,
    stderr: "",
  });
});

const { getuid } = process;
if (getuid?.() !== 0) console.warn("SKIPPED: only root may start swap as an unknown user");
(getuid?.() === 0 ? test : test.skip)(
  "a user that the system does not know, without HOME, runs it",
  async () => {
    const env = { PATH: BASE_ENV.PATH, AWS_EC2_METADATA_DISABLED: "true" };
    for (const args of [["--version"], ["get", "--help"]]) {
      const child = spawn(process.execPath, [BIN, ...args], { env, uid: 54_321, gid: 54_321 });
      expect(await ended(child)).toMatchObject({ code: 0, stderr: "" });
    }
    const failing = spawn(process.execPath, [BIN, "get", "a/b"], { env, uid: 54_321 });
    expect(await ended(failing)).toMatchObject({ code: 2 });
  },
);
