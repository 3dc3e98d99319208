import { execFile, spawnSync } from "node:child_process";
import { promisify } from "node:util";
import { candidates, type DescribedCommand } from "../../src/cli/candidates";
import { type Database, goRow, startDatabase } from "./database";
import { AWS_ENV, BASE_ENV, BIN, swap } from "./swap";

const value = (options?: string[]) => ({ type: "option", ...(options && { options }) });
const commands = [
  {
    id: "get",
    hidden: false,
    args: { alias: { name: "alias" } },
    flags: {
      region: { name: "region", char: "g", ...value() },
      json: { name: "json", type: "boolean" },
    },
  },
  {
    id: "watch",
    args: { alias: { name: "alias", multiple: true } },
    flags: { format: { name: "format", ...value(["shell", "json"]) } },
  },
  { id: "migrate:copy", args: { alias: { name: "alias" } }, flags: {} },
  { id: "migrate:repair", args: {}, flags: { secret: { name: "secret", hidden: true } } },
  { id: "complete", hidden: true, args: {}, flags: {} },
] as unknown as DescribedCommand[];
const aliases = async () => ["orders10", "orders2", "carts"];

test.each<[string[], string[]]>([
  [[""], ["get", "migrate", "watch"]],
  [[], ["get", "migrate", "watch"]],
  [["mi"], ["migrate"]],
  [
    ["migrate", ""],
    ["copy", "repair"],
  ],
  [["--"], ["--help", "--version"]],
  [["nope", ""], []],
  [
    ["get", "or"],
    ["orders2", "orders10"],
  ],
  [
    ["get", "--region", "eu", ""],
    ["carts", "orders2", "orders10"],
  ],
  [
    ["get", "-g", "eu", "o"],
    ["orders2", "orders10"],
  ],
  [["get", "-g", ""], []],
  [["get", "--json", "c"], ["carts"]],
  [["get", "carts", ""], []],
  [
    ["watch", "carts", "o"],
    ["orders2", "orders10"],
  ],
  [["get", "--region", ""], []],
  [
    ["get", "--"],
    ["--help", "--json", "--region"],
  ],
  [
    ["watch", "--format", ""],
    ["json", "shell"],
  ],
  [["watch", "--format=s"], ["shell"]],
  [["watch", "--format", "=", "j"], ["json"]],
  [["migrate", "copy", "c"], ["carts"]],
  [["migrate", "repair", "--"], ["--help"]],
])("%j may become %j", async (words, found) => {
  expect(await candidates(commands, words, aliases)).toEqual(found);
});

test("aliases are read only where one is wanted", async () => {
  const refuse = () => Promise.reject(new Error("read"));
  expect(await candidates(commands, ["get", "--"], refuse)).not.toEqual([]);
  await expect(candidates(commands, ["get", ""], refuse)).rejects.toThrow("read");
});

describe("in a shell", () => {
  let db: Database;
  beforeAll(async () => {
    db = await startDatabase();
    await db.putAll([goRow("orders", 1), goRow("order-lines", 2), goRow("carts", 1)]);
  });
  afterAll(() => db.stop());

  test("swap complete prints a candidate a line, and nothing where it fails", async () => {
    const ran = await swap(["complete", "--", "get", "ord"], db.env);
    expect(ran).toEqual({ code: 0, stdout: "order-lines\norders\n", stderr: "" });
    const flag = ["complete", "--", "get", "--control-table", "nowhere", "ord"];
    expect(await swap(flag, db.env)).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(await swap(["complete", "--", "get", "ord"])).toEqual({
      code: 0,
      stdout: "",
      stderr: "",
    });
  });

  test("bash completes words as they are typed, and evaluates none of them", async () => {
    const complete = async (words: string) => {
      const script = `
        swap() { "${process.execPath}" "${BIN}" "$@"; }
        eval "$(swap completion bash)"
        COMP_WORDS=(${words}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
        _swap; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const env = { ...BASE_ENV, ...AWS_ENV, ...db.env };
      const { stdout } = await promisify(execFile)("bash", ["-c", script], { env });
      return stdout.trimEnd().split("\n");
    };
    expect(await complete("swap get ord")).toEqual(["order-lines", "orders"]);
    expect(await complete("swap versions --json ''")).toEqual(["carts", "order-lines", "orders"]);
    expect(await complete(`swap get '$(echo oops >&2; echo ord)'`)).toEqual([""]);
    expect(await complete("swap ve")).toEqual(["verify", "versions"]);
  });

  const hasShell = (shell: string) => {
    const has = spawnSync(shell, ["--version"]).status === 0;
    if (!has) process.stderr.write(`SKIPPED: completion in ${shell}: it is not installed\n`);
    return has;
  };
  const shown = async (shell: string, script: string) => {
    const env = { ...BASE_ENV, ...AWS_ENV, ...db.env };
    const { stdout } = await promisify(execFile)(shell, ["-c", script], { env });
    return stdout.trimEnd().split("\n");
  };
  const swapCommand = `"${process.execPath}" "${BIN}"`;

  (hasShell("fish") ? test : test.skip)("fish completes aliases, commands and flags", async () => {
    const complete = (line: string) =>
      shown(
        "fish",
        `function swap; ${swapCommand} $argv; end; swap completion fish | source; complete -C "${line}"`,
      );
    expect((await complete("swap get ord")).sort()).toEqual(["order-lines", "orders"]);
    expect((await complete("swap ve")).sort()).toEqual(["verify", "versions"]);
    expect(await complete("swap resolve --str")).toEqual(["--strict"]);
  });

  (hasShell("zsh") ? test : test.skip)("zsh completes aliases and commands", async () => {
    const complete = (words: string) =>
      shown(
        "zsh",
        `swap() { ${swapCommand} "$@"; }; compdef() {}; compadd() { print -l -- "\${(@P)2}"; }
        eval "$(swap completion zsh)"; words=(swap ${words}); CURRENT=$#words; _swap`,
      );
    expect(await complete("get ord")).toEqual(["order-lines", "orders"]);
    expect(await complete("ve")).toEqual(["verify", "versions"]);
  });
});
