import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

const checkout = resolve(__dirname, "../..");
const reference = join(checkout, "docs/reference");
const bin = (name: string) => join(checkout, "node_modules/.bin", name);
const run = promisify(execFile);

let made: string;
beforeAll(() => {
  made = mkdtempSync(join(tmpdir(), "pulumi-swap-docs-"));
});
afterAll(() => rmSync(made, { recursive: true }));

/** The pages below a folder, by their paths in it. */
function pages(folder: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".md"))
      .sort()
      .map((path) => [path, readFileSync(join(folder, path), "utf8")]),
  );
}

test("the CLI reference matches the commands (npm run docs:cli)", async () => {
  const page = join(made, "cli.md");
  cpSync(join(reference, "cli.md"), page);
  await run(bin("oclif"), ["readme", "--readme-path", page, "--no-source-links"], {
    cwd: checkout,
  });
  expect(readFileSync(join(reference, "cli.md"), "utf8")).toBe(readFileSync(page, "utf8"));
});

test("the API reference matches the docstrings (npm run docs:api)", async () => {
  const out = join(made, "api");
  await run(bin("typedoc"), ["--options", "tools/docs/typedoc.mjs", "--out", out], {
    cwd: checkout,
  });
  expect(pages(join(reference, "api"))).toEqual(pages(out));
});
