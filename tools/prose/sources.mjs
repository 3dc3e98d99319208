import { readFileSync } from "node:fs";
import ts from "typescript";

/**
 * The prose of a file as Markdown, on the lines where it stands in the file, so that a finding names
 * the right line. Of a program these are the comments and the texts of several words.
 *
 * @param {string} file a path that ends in .md, .ts, .mjs, .cjs or .js
 */
export function proseOf(file) {
  const text = readFileSync(file, "utf8");
  return file.endsWith(".md") ? text : proseOfProgram(text);
}

function proseOfProgram(text) {
  const source = ts.createSourceFile("a.ts", text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
  const lines = text.split("\n").map(() => "");
  const put = (start, raw, strip) => {
    const { line } = source.getLineAndCharacterOfPosition(start);
    raw.split("\n").forEach((each, index) => {
      const place = line + index;
      lines[place] = `${lines[place]} ${strip(each)}`.trim();
    });
  };
  const seen = new Set();
  const comments = (position) => {
    for (const range of [
      ...(ts.getLeadingCommentRanges(text, position) ?? []),
      ...(ts.getTrailingCommentRanges(text, position) ?? []),
    ]) {
      if (seen.has(range.pos)) continue;
      seen.add(range.pos);
      put(range.pos, text.slice(range.pos, range.end), stripComment);
    }
  };
  const visit = (node) => {
    comments(node.pos);
    comments(node.end);
    if (
      ts.isStringLiteralLike(node) ||
      ts.isTemplateHead(node) ||
      ts.isTemplateMiddleOrTemplateTail(node)
    ) {
      const content = node.getText();
      // A text of several words is for people; a key, a path or an expression is not.
      if (/[a-z]{2,} [a-z]{2,} [a-z]/i.test(content)) put(node.getStart(), content, stripString);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return lines.join("\n");
}

const stripComment = (line) =>
  line
    .replace(/^\s*(\/\*\*?|\*\/|\*|\/\/)\s?/, "")
    .replace(/\*\/\s*$/, "")
    .replace(/\{@link (\w+)\}/g, "`$1`");

/** A text ends a sentence: in a list of texts the next is another one. */
const stripString = (line) => `${line.replace(/^[`"'}]|[`"']$|\$\{$/g, "").trim()} .`;
