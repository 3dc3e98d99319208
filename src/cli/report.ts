import { exitCodeOf } from "./exit-codes";
import type { Failure } from "./failure";
import { homeFolder } from "./home";
import { printable } from "./printable";

/** The shape of a failure with `--json`. */
export interface FailureJson {
  error: { code: string; message: string; hint: string } & Record<string, unknown>;
}

/** The object that `--json` prints for a failure. */
export function failureJson({ code, message, hint, payload }: Failure): FailureJson {
  return { error: { code, message: scrub(message), hint, ...withoutText(payload) } };
}

/**
 * Tells a failure: one object on stdout with `--json`, else two lines on stderr.
 *
 * @returns the exit code
 */
export function report(failure: Failure, json: boolean): number {
  if (json) process.stdout.write(`${JSON.stringify(failureJson(failure), null, 2)}\n`);
  else process.stderr.write(`swap: ${line(failure.message)}\n  fix: ${line(failure.hint)}\n`);
  return exitCodeOf(failure);
}

/** Text on one line, safe for a terminal and for a log that others read. */
export function line(text: string): string {
  return printable(scrub(text.trim().replace(/\s*\n\s*/g, " ")));
}

/** Redacts the install path, which also differs between two reports. */
const installed = __dirname.replace(/[\\/]dist[\\/]\w+$/, "");

function scrub(text: string): string {
  const home = homeFolder() ?? "";
  const scrubbed = text.replaceAll(installed, "<swap>");
  return home.length > 1 ? scrubbed.replaceAll(home, "~") : scrubbed;
}

/** A payload never hides the three fields that every error has. */
function withoutText(payload: Record<string, unknown>): Record<string, unknown> {
  const { code: _code, message: _message, hint: _hint, ...rest } = payload;
  return rest;
}
