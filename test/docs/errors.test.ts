import { blocksOf, textOf } from "./blocks";
import { errorCodes, shapesOf } from "./error-lines";

const page = textOf("docs/troubleshooting.md");

/** The page's sections by the code that heads them. */
const sections = new Map(
  page
    .split(/^## /m)
    .slice(1)
    .map((text) => [/^`([^`]+)`/.exec(text)?.[1] ?? "", text] as const),
);

/** Codes of the command line alone, which have no text of their own in the library. */
const OF_THE_CLI = ["swap.unexpected", "swap.wait-timed-out"];

test("the guide has a section for each code, in the alphabet's order, and for nothing else", () => {
  const codes = [...errorCodes(), ...OF_THE_CLI].sort();
  expect(codes.length).toBeGreaterThan(10);
  expect([...sections.keys()]).toEqual(codes);
});

test.each(errorCodes())("the section of %s shows its line, and tells cause and fix", (code) => {
  const section = sections.get(code) ?? "";
  const shown = blocksOf("docs/troubleshooting.md", section).find((b) => b.language === "text");
  const line = shown?.text ?? "";
  expect(shapesOf(code).some((shapes) => shapes.line.test(line))).toBe(true);
  expect(section).toMatch(/\*\*Why\.\*\* .+/);
  expect(section).toMatch(/\*\*Fix\.\*\* .+/);
});

test("the README names each code of the library", () => {
  const named = [...textOf("README.md").matchAll(/^\| `(swap\.[a-z-]+)` \|/gm)].map(([, c]) => c);
  expect([...named].sort()).toEqual([...errorCodes()].sort());
});
