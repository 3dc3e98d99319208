import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { BASE_ENV, BIN, swap } from "./swap";

/** The entry alone, in a package that is not whole. */
function entryIn(main: string | undefined): { code: number | null; stderr: string } {
  const folder = mkdtempSync(join(tmpdir(), "swap-cli-entry-"));
  cpSync(dirname(BIN), join(folder, "bin"), { recursive: true });
  if (main !== undefined) {
    mkdirSync(join(folder, "dist/cli"), { recursive: true });
    writeFileSync(join(folder, "dist/cli/main.js"), main);
  }
  const { status, stderr } = spawnSync(process.execPath, [join(folder, "bin/run.js"), "get"], {
    encoding: "utf8",
    env: BASE_ENV,
  });
  expect(stderr).not.toContain(folder);
  return { code: status, stderr };
}

test("an old Node is told in one line", async () => {
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

test("a checkout that is not compiled is told", () => {
  expect(entryIn(undefined)).toEqual({
    code: 1,
    stderr:
      "swap: the command line is not compiled yet\n  fix: run npm run build in the checkout\n",
  });
});

test("a missing dependency is told without paths", () => {
  expect(entryIn('require("@oclif/absent");')).toEqual({
    code: 1,
    stderr:
      "swap: it could not be loaded: Cannot find module '@oclif/absent'\n" +
      "  fix: install the package and its dependencies anew (npm ci in a checkout)\n",
  });
});
