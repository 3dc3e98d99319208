import { spawnSync } from "node:child_process";

/** How a block of another language is parsed, by a tool that may be absent. */
interface Parser {
  tool: string;
  parse(text: string): string | undefined;
}

/** What the tool says of a text that it does not parse. */
function refusal(tool: string, args: string[], input: string): string | undefined {
  const { status, stderr } = spawnSync(tool, args, { input, encoding: "utf8" });
  return status === 0 ? undefined : stderr.trim().split("\n").at(-1);
}

export const PARSERS: Record<string, Parser> = {
  python: {
    tool: "python3",
    parse: (text) =>
      refusal("python3", ["-c", "import ast, sys; ast.parse(sys.stdin.read())"], text),
  },
  go: {
    tool: "gofmt",
    // A fragment is what a function holds.
    parse: (text) =>
      refusal(
        "gofmt",
        ["-e"],
        /^package /m.test(text) ? text : `package p\nfunc f() {\n${text}\n}\n`,
      ),
  },
};

export const isThere = ({ tool }: Parser) => spawnSync(tool, ["-h"]).error === undefined;
