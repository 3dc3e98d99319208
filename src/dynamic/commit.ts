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

/** A reason with the commit it comes from, where that is known and both fit. */
export function withCommit(
  reason: pulumi.Input<string> | undefined,
): pulumi.Output<string> | undefined {
  const at = commit();
  if (reason === undefined) return at === undefined ? undefined : pulumi.output(`commit ${at}`);
  return pulumi.output(reason).apply((text) => {
    const both = `${text} (commit ${at})`;
    return at === undefined || typeof text !== "string" || both.length > MAX_NOTE_LENGTH
      ? text
      : both;
  });
}
