import { globSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { files, textOf } from "./sources";

const TESTS = resolve(__dirname, "..");
/** Words in a row that only the same sentence has. */
const RUN = 6;

/** Each run of words in the text, of {@link RUN} words with single spaces between them. */
function runsOf(text: string): string[] {
  const sentences = text.match(/[A-Za-z'-]+(?: [A-Za-z'-]+)+/g) ?? [];
  return sentences.flatMap((sentence) => {
    const words = sentence.toLowerCase().split(" ");
    return words.slice(RUN - 1).map((_, index) => words.slice(index, index + RUN).join(" "));
  });
}

const withoutComments = (text: string) =>
  text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");

/** The sentences of a program's texts, without what is inserted into them. */
const textsOf = (program: string) =>
  [...program.matchAll(/"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g)].map(([text]) =>
    text.replace(/\$\{[^}]*\}/g, "|"),
  );

const sentences = new Set(
  files.flatMap((file) => textsOf(withoutComments(textOf(file))).flatMap(runsOf)),
);

/** The lines of a test that repeat a sentence of the code; titles may. */
function repeated(text: string): string[] {
  return withoutComments(text)
    .split("\n")
    .filter((line) => !/^\s*(test|describe)\b|^\s*\]\)\(/.test(line))
    .filter((line) => runsOf(line.replaceAll("\\", "")).some((run) => sentences.has(run)));
}

test("each sentence of the code is held once, by the snapshot in unit/errors", () => {
  expect(sentences.size).toBeGreaterThan(500);
  const wrong = globSync("**/*.ts", { cwd: TESTS })
    .map((name) => join(TESTS, name))
    .flatMap((file) =>
      repeated(readFileSync(file, "utf8")).map(
        (line) => `${relative(TESTS, file)}: ${line.trim()}`,
      ),
    );
  expect(wrong).toEqual([]);
});

test("a repeated sentence is found, in a text and in a pattern", () => {
  const [sentence = ""] = sentences;
  expect(repeated(`expect(line).toContain("swap: ${sentence}");`)).toHaveLength(1);
  expect(repeated(`expect(line).toMatch(/^${sentence}/);`)).toHaveLength(1);
  expect(repeated(`test("${sentence}", () => {`)).toEqual([]);
});
