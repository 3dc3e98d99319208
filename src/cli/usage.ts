import { stripVTControlCharacters } from "node:util";
import { SwapError } from "../errors";
import { formatValue } from "../validation";

/** The fields of oclif's parser errors, which distinguish the errors. */
interface ParserError {
  name?: string;
  message?: string;
  flags?: unknown;
  args?: unknown;
  parse?: { input?: { flags?: object } };
  oclif?: { exit?: number };
}

/**
 * Converts an error that oclif throws for an invalid command line to one with the value, the rule and the
 * fix. Other errors are returned unchanged.
 */
export function fromOclif(error: unknown, id: string | undefined): unknown {
  if (typeof error !== "object" || error === null || !("oclif" in error)) return error;
  const { flags, args, parse, message = "" } = error as ParserError;
  const command = id?.replaceAll(":", " ");
  const help = `see swap ${command === undefined ? "" : `${command} `}--help`;
  const what = command === undefined ? "swap" : `swap ${command}`;

  if (isStringArray(flags)) {
    const known = Object.keys(parse?.input?.flags ?? {}).map((name) => `--${name}`);
    const near = flags.length === 1 ? nearest(flags[0] ?? "", known) : undefined;
    return usageError(
      "flag",
      flags.join(", "),
      `${what} has no such flag`,
      near === undefined ? `${help} for its flags` : `did you mean ${near}? ${help}`,
    );
  }
  if (isStringArray(args))
    return usageError("argument", quoted(args), `${what} takes no more arguments`, help);

  const valueless = /^Flag --(\S+) expects a value/.exec(message);
  if (valueless)
    return usageError("flag", `--${valueless[1]}`, "it has no value", "write a value after it");
  const repeated = /^Flag --(\S+) can only be specified once/.exec(message);
  if (repeated)
    return usageError("flag", `--${repeated[1]}`, "it is given more than once", "give it once");
  const choice = /^Expected (?:(--\S+?)=)?(.*) to be one of: (.*)$/m.exec(message);
  if (choice)
    return usageError(
      choice[1] === undefined ? "argument" : `flag ${choice[1]}`,
      formatValue(choice[2]),
      `want one of ${choice[3]}`,
      `pass one of ${choice[3]}`,
    );
  const missing = /Missing required flag (\S+)/.exec(stripVTControlCharacters(message));
  if (missing)
    return usageError(
      `flag --${missing[1]}`,
      "(none)",
      `${what} needs it`,
      `${help} for its flags`,
    );
  const absent = /^Missing \d+ required args?:\n([\s\S]*)/.exec(stripVTControlCharacters(message));
  if (absent) {
    const names = (absent[1] ?? "").split("\n").map((line) => line.trim().split(/\s/, 1)[0] ?? "");
    const missing = names.filter((name) => /^[a-z]+$/.test(name)).map((name) => name.toUpperCase());
    return usageError(`argument ${missing.join(" or ")}`, "(none)", `${what} needs it`, help);
  }
  const unknown = /^command (.*) not found/i.exec(message);
  if (unknown) return unknownCommand(unknown[1] ?? "");
  const typed = process.argv.slice(2).join(" ");
  return usageError(
    "command line",
    formatValue(typed),
    stripVTControlCharacters(message.split("\n", 1)[0] ?? ""),
    help,
  );
}

/**
 * The error for an unknown command or an unexpected argument; suggests a similar command. oclif joins the
 * words before the first flag with colons, since each may be part of a command's name.
 */
export function unknownCommand(id: string, known: readonly string[] = []): SwapError {
  const [typed = "", ...rest] = id.split(":");
  if (typed.startsWith("-"))
    return usageError("flag", typed, "swap wants a command first", "see swap --help");
  // For `list extra`, oclif looks for a command `list:extra`, since `list` takes no argument.
  if (known.includes(typed) && rest.length > 0)
    return usageError(
      "argument",
      quoted(rest),
      `swap ${typed} takes no such argument`,
      `see swap ${typed} --help`,
    );
  const topic = known.some((each) => each.startsWith(`${typed}:`));
  const near = nearest(topic ? id : typed, known)?.replaceAll(":", " ");
  const help = topic ? `see swap ${typed} --help` : "see swap --help";
  return usageError(
    "command",
    formatValue(topic ? id.replaceAll(":", " ") : typed),
    "swap has no such command",
    near === undefined ? help : `did you mean swap ${near}? ${help}`,
  );
}

/** Creates an error about the command line. */
export function usageError(name: string, value: string, rule: string, fix: string): SwapError {
  return new SwapError("swap.input-invalid", { name, value, rule, fix });
}

/**
 * Suggests the known word that was most likely meant: the typed text is its beginning or has a single
 * typing error.
 */
export function nearest(typed: string, known: readonly string[]): string | undefined {
  if (typed === "") return undefined;
  return known.find((each) => each.startsWith(typed) || isTypo(each, typed));
}

/** One letter more, less or different, or two neighbours swapped: the usual typing errors. */
function isTypo(known: string, typed: string): boolean {
  if (Math.abs(known.length - typed.length) > 1) return false;
  let start = 0;
  while (start < known.length && known[start] === typed[start]) start++;
  let end = 0;
  while (
    end < Math.min(known.length, typed.length) - start &&
    known[known.length - 1 - end] === typed[typed.length - 1 - end]
  )
    end++;
  return known.length - start - end <= 2 && typed.length - start - end <= 2;
}

function isStringArray(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}

function quoted(texts: readonly string[]): string {
  return texts.map((text) => formatValue(text)).join(", ");
}

/** Whether an error is oclif's way to end a run early, as after `--help`. */
export function isExit(error: unknown): error is { oclif: { exit: number } } {
  return (error as { code?: string }).code === "EEXIT";
}
