import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { CHECKOUT, textOf } from "./blocks";

const { scripts } = JSON.parse(readFileSync(join(CHECKOUT, "package.json"), "utf8"));
const makefile = readFileSync(join(CHECKOUT, "Makefile"), "utf8");

/** Subcommands of pulumi that the docs may name, each known to the engine that the tests run. */
const PULUMI = [
  "config set",
  "destroy",
  "import",
  "new",
  "package add",
  "package get-schema",
  "plugin install",
  "preview",
  "refresh",
  "stack export",
  "stack init",
  "stack output",
  "stack select",
  "state unprotect",
  "up",
];

type Rule = (words: string[], page: string) => string | undefined;

const RULES: Record<string, Rule> = {
  cd: () => undefined,
  export: () => undefined,
  mkdir: () => undefined,
  tar: () => undefined,
  aws: ([service]) => (service === "dynamodb" ? undefined : "only aws dynamodb is known here"),
  make: (targets) => targets.map((target) => known(target, inMakefile(target))).find(Boolean),
  npm: ([command = "", script = ""]) => {
    if (command === "run") return known(`npm run ${script}`, script in scripts);
    return known(`npm ${command}`, ["ci", "init", "install", "pack", "pkg"].includes(command));
  },
  npx: ([command = ""]) =>
    known(`npx ${command}`, existsSync(join(CHECKOUT, "node_modules/.bin", command))),
  node: ([file = ""], page) => {
    // The installed package is this one.
    const path = file.replace("node_modules/pulumi-swap/", "");
    const isThere = [CHECKOUT, join(CHECKOUT, dirname(page))].some((from) =>
      existsSync(join(from, path)),
    );
    // Or the page says what to write into it.
    return known(file, isThere || textOf(page).includes(`\`${file}\` `));
  },
  pulumi: (words) => {
    const said = words.filter((word) => !word.startsWith("-")).join(" ");
    return known(
      `pulumi ${said}`,
      PULUMI.some((each) => said === each || said.startsWith(`${each} `)),
    );
  },
};

const inMakefile = (target: string) => new RegExp(`^${target}:`, "m").test(makefile);
const known = (what: string, is: boolean) => (is ? undefined : `${what} is not known`);

/** The commands of a shell block, without comments, prompts and what is taken from substitutions. */
export function commandsOf(text: string): string[] {
  return text
    .replace(/\\\n\s*/g, " ")
    .split("\n")
    .map((line) => line.replace(/(^|\s)#.*$/, "").trim())
    .flatMap((line) => line.split(/\s*(?:&&|\|\||;)\s*/))
    .filter((line) => line !== "");
}

/** The words of a command, quotes taken off; variables set before it left out. */
export function wordsOf(command: string): string[] {
  const words = command.match(/(?:[^\s"']|"[^"]*"|'[^']*')+/g) ?? [];
  const bare = words.map((word) => word.replace(/["']/g, ""));
  while (/^[A-Z_]+=/.test(bare[0] ?? "")) bare.shift();
  return bare;
}

/**
 * What is wrong with a command that is not swap's own, or undefined.
 *
 * @param page its path in the checkout; next to it are an example's own files
 */
export function wrongWith(command: string, page: string): string | undefined {
  const [program = "", ...rest] = wordsOf(command);
  const rule = RULES[program];
  return rule === undefined ? `${program} is no command that the docs use` : rule(rest, page);
}

/** The arguments of swap, when the command runs it. */
export function swapArguments(command: string): string[] | undefined {
  const inside = /\$\(\s*(swap [^)]*)\)/.exec(command)?.[1];
  const words = wordsOf(inside ?? command);
  if (words[0] === "npx" && words[1] === "swap") return words.slice(2);
  if (words[0] === "node" && words[1] === "bin/run.js") return words.slice(2);
  return words[0] === "swap" ? words.slice(1) : undefined;
}
