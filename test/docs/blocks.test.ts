import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseAllDocuments } from "yaml";
import { CONTROL_TABLE, type Database, goRow, startDatabase } from "../cli/database";
import { swap } from "../cli/swap";
import { allBlocks, type Block, blocksOf, CHECKOUT, place, textOf } from "./blocks";
import { commandsOf, swapArguments, wrongWith } from "./commands";
import { isErrorLine } from "./error-lines";
import { isThere, PARSERS } from "./foreign";
import { type Screens, screensOf, sessionOf, takeScreens, withoutNow } from "./screens";
import { typeErrors } from "./type-check";

const blocks = allBlocks();
const isChecked = ({ marker }: Block) => !marker.startsWith("unchecked");
const of = (...languages: string[]) =>
  blocks.filter((block) => languages.includes(block.language) && isChecked(block));

test("each block names a language that is checked here", () => {
  const known = ["js", "json", "sh", "text", "ts", "yaml", ...Object.keys(PARSERS)];
  expect(blocks.filter((block) => !known.includes(block.language) && isChecked(block))).toEqual([]);
});

test("the blocks that nothing can check say why", () => {
  expect(
    blocks
      .filter((block) => !isChecked(block))
      .map(({ page, marker }) => `${page}: ${marker.slice("unchecked: ".length)}`),
  ).toEqual([
    "README.md: a part of what pulumi preview --diff prints",
    "docs/architecture.md: a drawing of the arrows",
    "docs/cli.md: two looks at a pointer that moves meanwhile",
    "tools/pulumi-engine/README.md: it asks for the newest modules, which takes minutes",
  ]);
});

test("ts and js blocks compile against the package", () => {
  expect(of("ts", "js").length).toBeGreaterThan(10);
  expect(typeErrors(of("ts", "js"))).toEqual([]);
});

test("json and yaml blocks parse", () => {
  const wrong = of("json", "yaml").flatMap((block) => {
    try {
      if (block.language === "json") JSON.parse(block.text);
      else for (const { errors } of parseAllDocuments(block.text)) if (errors[0]) throw errors[0];
      return [];
    } catch (error) {
      return [`${place(block)}: ${(error as Error).message}`];
    }
  });
  expect(wrong).toEqual([]);
});

describe.each(Object.entries(PARSERS))("%s blocks", (language, parser) => {
  if (!isThere(parser)) {
    console.warn(`SKIPPED ${language} blocks: ${parser.tool} is not on PATH`);
    test.skip(`need ${parser.tool} on PATH`, () => {});
    return;
  }
  test("parse", () => {
    const wrong = of(language)
      .map((block) => [place(block), parser.parse(block.text)])
      .filter(([, what]) => what !== undefined);
    expect(wrong).toEqual([]);
  });

  test("are reported when they don't", () => {
    expect(parser.parse("func (")).toMatch(/./);
  });
});

describe("commands", () => {
  let database: Database;
  beforeAll(async () => {
    database = await startDatabase();
    for (const [alias, version] of Object.entries({ orders: 4, products: 1 })) {
      await database.put(goRow(alias, version));
      await database.createTable(`${alias}_v${version}`);
    }
  });
  afterAll(() => database.stop());

  const commands = of("sh").flatMap((block) =>
    commandsOf(block.text).map((command) => ({ at: place(block), command, page: block.page })),
  );

  test("those of the shell, npm, make, node and pulumi exist", () => {
    const wrong = commands
      .filter(({ command }) => swapArguments(command) === undefined)
      .map(({ at, command, page }) => [at, wrongWith(command, page)])
      .filter(([, what]) => what !== undefined);
    expect(wrong).toEqual([]);
  });

  /** Makes what a command that copies or compares versions needs: both tables, and the older version active. */
  async function prepare(args: string[]): Promise<void> {
    const alias = args[args[0] === "migrate" ? 2 : 1] as string;
    const [from, to] =
      args[0] === "migrate"
        ? [args[args.indexOf("--from") + 1], args[args.indexOf("--to") + 1]]
        : args.slice(2);
    await database.put(goRow(alias, Number(from)));
    for (const version of [from, to])
      await database.createTable(`${alias}_v${version}`).catch((error: Error) => {
        if (error.name !== "ResourceInUseException") throw error;
      });
  }

  /** Exit codes of a command that was understood, whatever it found. */
  const UNDERSTOOD = [0, 3, 8, 9];

  test("those of swap run", async () => {
    const env = { ...database.env, SWAP_ALIAS: "orders" };
    const written = mkdtempSync(join(tmpdir(), "swap-docs-"));
    const wrong: string[] = [];
    let ran = 0;
    for (const { at, command, page } of commands) {
      const args = swapArguments(command);
      if (args === undefined) continue;
      const copies = args[0] === "migrate" || args[0] === "verify";
      // The names of the docs' control tables are all this one; a watch and a dashboard would not end by themselves.
      const run = args
        .map((arg) => (/^\w+_swap$/.test(arg) ? CONTROL_TABLE : arg))
        .map((arg) => (arg.startsWith("./") ? join(CHECKOUT, dirname(page), arg) : arg))
        .map((arg) => (arg.endsWith(".html") ? join(written, arg) : arg))
        // Another alias than that of the other commands, which have another version active.
        .map((arg) => (copies && arg === "orders" ? "copied" : arg));
      if (copies) await prepare(run);
      if (["watch", "dashboard"].includes(run[0] ?? "")) run.push("--help");
      if (run[0] === "wait") run.push("--timeout", "0s");
      const { code, stderr } = await swap(run, env);
      ran += 1;
      if (!UNDERSTOOD.includes(code ?? -1)) wrong.push(`${at}: ${command}: ${stderr}`);
    }
    rmSync(written, { recursive: true });
    expect(wrong).toEqual([]);
    expect(ran).toBeGreaterThan(0);
  });
});

describe("text blocks", () => {
  let taken: Screens;
  beforeAll(async () => {
    taken = await takeScreens();
  });

  test("the screens of the CLI guide are those of a run (node docs/cli-screens.mjs)", () => {
    const written = screensOf(textOf("docs/cli.md"));
    expect(written.size).toBeGreaterThan(5);
    expect(Object.fromEntries(written)).toEqual(Object.fromEntries(taken));
  });

  /** A session of commands: each shows its screen, or an error's lines. */
  const wrongInSession = (block: Block) =>
    sessionOf(block.text)
      .filter(({ command, output }) => {
        const screen = taken.get(command.replace(/^swap /, ""));
        if (screen === withoutNow(`$ ${command}\n${output}`)) return false;
        return !output.split("\n").every((line) => isErrorLine(line));
      })
      .map(({ command }) => `${place(block)}: ${command}`);

  /** Lines of errors, one a line or one in all. */
  const wrongLines = (block: Block) => {
    const lines = block.text.split("\n").filter((line) => line.trim() !== "");
    if (isErrorLine(lines.join(" "))) return [];
    return lines
      .filter((line) => !isErrorLine(line.replace(/^error: /, "")))
      .map((line) => `${place(block)}: ${line}`);
  };

  test("the others are sessions and errors as the code has them", () => {
    const others = of("text").filter(({ marker }) => !marker.startsWith("screen: "));
    expect(others.length).toBeGreaterThan(3);
    expect(
      others.flatMap((block) =>
        block.text.startsWith("$ ") ? wrongInSession(block) : wrongLines(block),
      ),
    ).toEqual([]);
  });
});

test("a fence that is never closed is reported", () => {
  expect(() => blocksOf("page.md", "```ts\nconst a = 1;\n")).toThrow("page.md:1 is never closed");
});
