import { readdirSync } from "node:fs";
import { join } from "node:path";
import { CHECKOUT, textOf } from "./blocks";

const folders = (of: string) =>
  readdirSync(join(CHECKOUT, of), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `${of}/${name}`);

test("the architecture page names each folder of the sources and the tools", () => {
  const page = textOf("docs/architecture.md");
  const all = [...folders("src"), ...folders("tools")];
  expect(all.filter((folder) => !page.includes(`\`${folder}/\``))).toEqual([]);
});

test("the contributor's page names each folder of the tests", () => {
  const page = textOf("CONTRIBUTING.md");
  expect(folders("test").filter((folder) => !page.includes(`\`${folder}\``))).toEqual([]);
});

test("each file that the two pages name exists", () => {
  const named = ["docs/architecture.md", "CONTRIBUTING.md"].flatMap((page) =>
    [...textOf(page).matchAll(/`((?:src|test|tools|docs)\/[\w./-]+\.[a-z]+)`/g)].map(
      ([, path]) => path,
    ),
  );
  expect(named.length).toBeGreaterThan(10);
  const files = readdirSync(CHECKOUT, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && ["src", "test", "tools", "docs"].includes(entry.name))
    .flatMap(({ name }) =>
      readdirSync(join(CHECKOUT, name), { recursive: true, encoding: "utf8" }).map((path) =>
        join(name, path),
      ),
    );
  expect(named.filter((path) => !files.includes(path as string))).toEqual([]);
});
