import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { CHECKOUT, pages, textOf } from "./blocks";

const reference = readdirSync(join(CHECKOUT, "docs/reference"), {
  recursive: true,
  encoding: "utf8",
})
  .filter((path) => path.endsWith(".md"))
  .map((path) => join("docs/reference", path));

const withoutCode = (text: string) =>
  text.replace(/^ *```[\s\S]*?^ *```/gm, "").replace(/`[^`\n]*`/g, "");

/** The links of a page to other files here, and within itself. */
function links(page: string): { target: string; anchor: string }[] {
  return [...withoutCode(textOf(page)).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = ""]) => link)
    .filter((link) => !/^[a-z]+:/.test(link))
    .map((link) => {
      const [target = "", anchor = ""] = link.split("#");
      return { target, anchor };
    });
}

/** The anchors of a page: its headings, as they are linked to, and those it makes itself. */
function anchors(path: string): Set<string> {
  const text = textOf(path).replace(/^ *```[\s\S]*?^ *```/gm, "");
  const seen = new Map<string, number>();
  const found = new Set([...text.matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id as string));
  for (const [, heading = ""] of text.matchAll(/^#+ (.*)$/gm)) {
    const slug = heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .trim()
      .replace(/ /g, "-");
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    found.add(times === 0 ? slug : `${slug}-${times}`);
  }
  return found;
}

test.each([...pages(), ...reference])("the links of %s lead to something", (page) => {
  const broken = links(page).filter(({ target, anchor }) => {
    const path = target === "" ? page : join(dirname(page), target);
    if (!existsSync(join(CHECKOUT, path))) return true;
    if (anchor === "" || statSync(join(CHECKOUT, path)).isDirectory()) return false;
    return path.endsWith(".md") && !anchors(path).has(anchor);
  });
  expect(broken).toEqual([]);
});

test("the index links to each page of the docs, and names those that the archive leaves out", () => {
  const linked = links("docs/README.md").map(({ target }) => join("docs", target));
  const { files } = JSON.parse(textOf("package.json"));
  const leftOut = pages().filter((page) => files.includes(`!${page}`));
  const own = pages().filter((page) => /^docs\/[^/]+\.md$/.test(page) && page !== "docs/README.md");
  expect(own.filter((page) => !linked.includes(page))).toEqual(leftOut);
  expect(leftOut.filter((page) => !textOf("docs/README.md").includes(`\`${page}\``))).toEqual([]);
});
