import { execFileSync } from "node:child_process";
import * as pulumi from "@pulumi/pulumi";
import { MAX_NOTE_LENGTH } from "../pointer";

let known: string | undefined | null = null;

/** The git commit of the program's folder, short; undefined outside a repository or without git. */
function commit(): string | undefined {
  if (known !== null) return known;
  try {
    const options = { encoding: "utf8", stdio: "pipe", timeout: 2_000 } as const;
    known = execFileSync("git", ["rev-parse", "--short=12", "HEAD"], options).trim() || undefined;
  } catch {
    known = undefined;
  }
  return known;
}

/** A note with the commit it comes from, where that is known and both fit. */
export function noteWithCommit(text: string | undefined): string | undefined {
  const at = commit();
  if (at === undefined) return text;
  if (text === undefined) return `commit ${at}`;
  const both = `${text} (commit ${at})`;
  return both.length > MAX_NOTE_LENGTH ? text : both;
}

/** As {@link noteWithCommit}, for a reason that may be an output. */
export function withCommit(
  reason: pulumi.Input<string> | undefined,
): pulumi.Output<string> | undefined {
  if (reason === undefined) {
    const note = noteWithCommit(undefined);
    return note === undefined ? undefined : pulumi.output(note);
  }
  return pulumi
    .output(reason)
    .apply((text) => (typeof text === "string" ? (noteWithCommit(text) ?? text) : text));
}
