import { fitLine } from "./columns";
import { exitCodeOf } from "./exit-codes";
import type { Failure } from "./failure";
import { escapeControlCharacters } from "./format";
import { homeFolder } from "./home";

/** A failure's `--json` form. */
export interface FailureJson {
  error: { code: string; message: string; hint: string } & Record<string, unknown>;
}

/** The object that `--json` prints for a failure. */
export function failureJson({ code, message, hint, payload }: Failure): FailureJson {
  // The hint of an error whose payload has a fix is that fix.
  const { fix: _fix, ...fields } = withoutReservedFields(payload);
  return { error: { code, message: redactPaths(message), hint, ...fields } };
}

/**
 * Prints a failure: one object on stdout with `--json`, else two lines on stderr.
 *
 * @returns the exit code
 */
export function report(failure: Failure, json: boolean): number {
  if (json) process.stdout.write(`${JSON.stringify(failureJson(failure), null, 2)}\n`);
  else
    process.stderr.write(
      `${fitLine(`swap: ${formatLine(failure.message)}`, process.stderr, 2)}\n` +
        `  ${fitLine(`fix: ${formatLine(failure.hint)}`, process.stderr, 4)}\n`,
    );
  return exitCodeOf(failure);
}

/** Formats text on one line, safe for a terminal and for a shared log. */
export function formatLine(text: string): string {
  return escapeControlCharacters(redactPaths(text.trim().replace(/\s*\n\s*/g, " ")));
}

/** Redacts the install path, which also differs between two reports. */
const installFolder = __dirname.replace(/[\\/]dist[\\/]\w+$/, "");

function redactPaths(text: string): string {
  const home = homeFolder() ?? "";
  const scrubbed = withoutFolder(text, installFolder, "<swap>");
  return home.length > 1 ? withoutFolder(scrubbed, home, "~") : scrubbed;
}

/** Names a folder otherwise, but not one whose name only begins or ends with it: `/home/ann` in `/home/anna`. */
function withoutFolder(text: string, folder: string, name: string): string {
  const exact = folder.replace(/[\\/]+$/, "").replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  const part = "[\\p{L}\\p{N}_-]";
  return text.replace(
    new RegExp(`(?<!${part}|\\.)${exact}(?!${part}|\\.${part})`, "gu"),
    () => name,
  );
}

/** Drops payload fields that would overwrite `code`, `message` or `hint`. */
function withoutReservedFields(payload: Record<string, unknown>): Record<string, unknown> {
  const { code: _code, message: _message, hint: _hint, ...rest } = payload;
  return rest;
}

/** Whether the command line asks for JSON, even if it is otherwise invalid. */
export function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  return (end === -1 ? argv : argv.slice(0, end)).includes("--json");
}
