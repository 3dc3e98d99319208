import { existsSync, readFileSync, rmSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, join, posix } from "node:path";
import * as ts from "typescript";
import { CHECKOUT, manifest, type Packed, pack, run } from "./packed";

const LINK = /\]\(([^)\s]+)\)|(?:src|href)="([^"]+)"/g;
const withoutCode = (text: string) =>
  text.replace(/^ *```[\s\S]*?^ *```/gm, "").replace(/`[^`\n]*`/g, "");

let packed: Packed;
beforeAll(async () => {
  packed = await pack();
  const kib = (bytes: number) => `${Math.round(bytes / 1024)} KiB`;
  process.stdout.write(
    `npm pack: ${kib(packed.size)}, ${kib(packed.unpackedSize)} unpacked, ${packed.files.length} files\n`,
  );
});
afterAll(() => rmSync(dirname(packed.file), { recursive: true }));

test("the archive holds the code, its types and the documentation", () => {
  const wanted =
    /^(README\.md|CHANGELOG\.md|LICENSE|package\.json|docs\/.*\.(md|svg)|docs\/images\/page\.webp|examples\/.*|bin\/run\.js|dist\/command\/(LICENCES\.txt|dashboard\.html\.br)|dist\/lambda\/code\.br|dist\/es\/.*\.mjs|dist\/.*\.(js|d\.ts))$/;
  expect(packed.files.filter((path) => !wanted.test(path))).toEqual([]);
  for (const path of [
    "README.md",
    "CHANGELOG.md",
    "LICENSE",
    "dist/command/swap.js",
    "dist/lambda/code.br",
    "dist/lambda/index.js",
    "bin/run.js",
  ])
    expect(packed.files).toContain(path);
});

test("each declaration in it is one that an entry leads to, and the ones that it takes are there", () => {
  const declarations = (names: readonly string[]) => names.filter((name) => name.endsWith(".d.ts"));
  const reached = new Set<string>();
  const todo = Object.values<{ types?: string }>(manifest.exports).flatMap(
    ({ types }) => types ?? [],
  );
  for (const file of todo) {
    const path = posix.normalize(file);
    if (reached.has(path)) continue;
    reached.add(path);
    const { importedFiles } = ts.preProcessFile(readFileSync(join(CHECKOUT, path), "utf8"));
    for (const { fileName } of importedFiles) {
      if (!fileName.startsWith(".")) continue;
      todo.push(posix.join(posix.dirname(path), fileName.replace(/\.js$/, ".d.ts")));
    }
  }
  expect([...reached].sort()).toEqual(declarations(packed.files));
});

test("it takes less than 1.5 MB", () => {
  expect(packed.unpackedSize).toBeLessThan(1_500_000);
});

test("each relative link of a page in it leads to a file in it", () => {
  const folders = new Set(packed.files.map((path) => posix.dirname(path)));
  const broken = packed.files
    .filter((path) => path.endsWith(".md"))
    .flatMap((page) =>
      [...withoutCode(readFileSync(join(CHECKOUT, page), "utf8")).matchAll(LINK)]
        .map(([, link, source]) => (link ?? source ?? "").split("#")[0] ?? "")
        .filter((link) => link !== "" && !/^[a-z]+:/.test(link))
        .map((link) => posix.join(posix.dirname(page), link).replace(/\/$/, ""))
        .filter((target) => !packed.files.includes(target) && !folders.has(target))
        .map((target) => `${page}: ${target}`),
    );
  expect(broken).toEqual([]);
});

test("each example that a page names is in it", () => {
  const named = packed.files
    .filter((path) => path.endsWith(".md"))
    .flatMap(
      (page) => readFileSync(join(CHECKOUT, page), "utf8").match(/\bexamples\/[\w./-]+\w/g) ?? [],
    );
  expect(named).not.toEqual([]);
  const there = (path: string) =>
    packed.files.some((file) => file === path || file.startsWith(`${path}/`));
  expect([...new Set(named)].filter((path) => !there(path))).toEqual([]);
});

test("it holds no tests, no pages for contributors, and no local engine, which needs packages that users do not have", () => {
  const ours = /test|local-aws|^build\/|CONTRIBUTING|architecture|benchmarks/;
  expect(packed.files.filter((path) => ours.test(path))).toEqual([]);
});

test("each compiled file has a source: nothing is left over from one that is gone", () => {
  const orphans = packed.files
    .filter((path) => /^dist\/(?!es\/|command\/|lambda\/|types\/)/.test(path))
    .map((path) => path.replace(/^dist\//, "src/").replace(/\.(d\.ts|js)$/, ".ts"))
    .filter((source) => !existsSync(join(CHECKOUT, source)));
  expect(orphans).toEqual([]);
});

test("each file that an export or the command names is in it, types before code", () => {
  for (const target of Object.values<string | Record<string, string>>(manifest.exports)) {
    if (typeof target !== "string") expect(Object.keys(target)[0]).toBe("types");
    for (const file of typeof target === "string" ? [target] : Object.values(target))
      expect(packed.files).toContain(posix.normalize(file));
  }
  for (const file of Object.values<string>(manifest.bin))
    expect(packed.files).toContain(posix.normalize(file));
});

test("each module that a file of it requires is in it, or is a declared dependency", () => {
  const declared = new Set(Object.keys(manifest.peerDependencies));
  const missing = packed.files
    .filter((path) => path.endsWith(".js"))
    .flatMap((path) => {
      const text = readFileSync(join(CHECKOUT, path), "utf8");
      return [...text.matchAll(/(?<![.\w])require\("([^"]+)"\)/g)].flatMap(([, from = ""]) => {
        if (isBuiltin(from)) return [];
        if (!from.startsWith(".")) {
          const name = from
            .split("/")
            .slice(0, from.startsWith("@") ? 2 : 1)
            .join("/");
          // The runtime of a Lambda function has all clients of the SDK.
          const given = path.startsWith("dist/lambda/") && name.startsWith("@aws-sdk/client-");
          return given || declared.has(name) ? [] : [`${path}: ${from}`];
        }
        const file = posix.join(posix.dirname(path), from);
        const found = [file, `${file}.js`, `${file}/index.js`];
        return found.some((each) => packed.files.includes(each)) ? [] : [`${path}: ${from}`];
      });
    });
  expect(missing).toEqual([]);
});

test("the ES modules for bundlers import Node's own modules by that prefix, and declared dependencies", () => {
  const foreign = packed.files
    .filter((path) => path.startsWith("dist/es/"))
    .flatMap((path) => {
      const text = readFileSync(join(CHECKOUT, path), "utf8");
      expect(text).not.toMatch(/\brequire\(/);
      return [...text.matchAll(/\b(?:from|import) ?"([@\w./:-]+)"/g)].map(([, from = ""]) => from);
    })
    .filter((from) => !/^(node:|\.\.?\/)/.test(from));
  expect([...new Set(foreign)].sort()).toEqual(["@aws-sdk/client-dynamodb", "@opentelemetry/api"]);
});

test("each module for bundlers that another one imports is in it", () => {
  const modules = packed.files.filter((path) => path.startsWith("dist/es/"));
  const missing = modules.flatMap((path) =>
    [...readFileSync(join(CHECKOUT, path), "utf8").matchAll(/\bfrom ?"(\.[^"]+)"/g)]
      .map(([, from = ""]) => posix.join(posix.dirname(path), from))
      .filter((target) => !packed.files.includes(target))
      .map((target) => `${path}: ${target}`),
  );
  expect(missing).toEqual([]);
});

test("publishing it is guarded", () => {
  expect(manifest.private).toBe(true);
});

test("attw finds nothing wrong with the exports, from CommonJS, from ES modules and for bundlers", async () => {
  // The profile leaves out Node 10's resolution, which knows no exports: Node 22 is needed anyway.
  const attw = await run(
    join(CHECKOUT, "node_modules/.bin/attw"),
    [packed.file, "--profile", "node16", "--format", "ascii", "--no-color"],
    { cwd: CHECKOUT },
  );
  for (const entry of Object.keys(manifest.exports))
    expect(attw.stdout).toContain(`"${posix.join("pulumi-swap", entry)}"`);
  expect(attw).toMatchObject({ code: 0, stderr: "" });
});
