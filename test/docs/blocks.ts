import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";

export const CHECKOUT = resolve(__dirname, "../..");

/** A fenced block of a page. */
export interface Block {
  /** The page's path in the checkout. */
  page: string;
  /** Of the opening fence, from 1. */
  line: number;
  /** The language after the fence; empty without one. */
  language: string;
  text: string;
  /** What the comment just above the fence says, such as `unchecked: why`. */
  marker: string;
}

/** Every page that people write; the generated reference is held to its sources instead. */
export function pages(): string[] {
  const folders = ["docs", "examples", "test", "tools"];
  const found = folders.flatMap((folder) =>
    readdirSync(join(CHECKOUT, folder), { recursive: true, encoding: "utf8" })
      .map((path) => join(folder, path))
      .filter((path) => path.endsWith(".md") && !path.startsWith(join("docs", "reference"))),
  );
  const top = readdirSync(CHECKOUT).filter((name) => name.endsWith(".md"));
  return [...top, ...found].sort();
}

export const textOf = (page: string) => readFileSync(join(CHECKOUT, page), "utf8");

/** The fenced blocks of a text, in a list or not; a fence that is never closed is an error. */
export function blocksOf(page: string, text: string): Block[] {
  const blocks: Block[] = [];
  let open: (Block & { indent: string; lines: string[] }) | undefined;
  let marker = "";
  for (const [index, line] of text.split("\n").entries()) {
    const fence = /^(\s*)```(\S*)$/.exec(line);
    if (open) {
      if (fence && fence[1] === open.indent) {
        const { indent: _indent, lines, ...block } = open;
        blocks.push({ ...block, text: lines.join("\n") });
        open = undefined;
      } else open.lines.push(line.startsWith(open.indent) ? line.slice(open.indent.length) : line);
    } else if (fence) {
      const [, indent = "", language = ""] = fence;
      open = { page, line: index + 1, language, text: "", marker, indent, lines: [] };
      marker = "";
    } else if (line.trim() !== "") marker = /^\s*<!-- (.*) -->$/.exec(line)?.[1] ?? "";
  }
  if (open) throw new Error(`${page}:${open.line} is never closed`);
  return blocks;
}

export const allBlocks = (): Block[] => pages().flatMap((page) => blocksOf(page, textOf(page)));

/** Where a block stands, as editors and people jump to it. */
export const place = ({ page, line }: Block) => `${page}:${line}`;

export const inCheckout = (path: string) => relative(CHECKOUT, path);
