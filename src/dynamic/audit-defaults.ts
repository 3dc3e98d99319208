import { execFileSync } from "node:child_process";
import * as pulumi from "@pulumi/pulumi";
import { MAX_AUDIT_TEXT_LENGTH } from "../pointer";
import { hasMocks } from "./mocks";

let cachedCommit: string | undefined | null = null;

/** The short git commit of the program's folder; undefined outside a repository or without git. */
function commit(): string | undefined {
  if (cachedCommit !== null) return cachedCommit;
  try {
    const options = { encoding: "utf8", stdio: "pipe", timeout: 2_000 } as const;
    cachedCommit =
      execFileSync("git", ["rev-parse", "--short=12", "HEAD"], options).trim() || undefined;
  } catch {
    cachedCommit = undefined;
  }
  return cachedCommit;
}

/** Appends the git commit to a reason, if it is known and both fit. */
export function textWithCommit(text: string | undefined): string | undefined {
  const at = commit();
  if (at === undefined) return text;
  if (text === undefined) return `commit ${at}`;
  const both = `${text} (commit ${at})`;
  return both.length > MAX_AUDIT_TEXT_LENGTH ? text : both;
}

/**
 * As {@link textWithCommit}, for a reason that may be an output. In a unit test of a program (see
 * {@link hasMocks}) a reason stays as it is, and no git is started.
 */
export function withCommit(
  reason: pulumi.Input<string> | undefined,
): pulumi.Input<string> | undefined {
  if (hasMocks()) return reason;
  if (reason === undefined || typeof reason === "string") return textWithCommit(reason);
  return pulumi
    .output(reason)
    .apply((text) => (typeof text === "string" ? (textWithCommit(text) ?? text) : text));
}

/** The default actor of a pointer update: `pulumi:<project>/<stack>`. */
export function defaultActor(): string {
  return `pulumi:${pulumi.getProject()}/${pulumi.getStack()}`.slice(0, MAX_AUDIT_TEXT_LENGTH);
}
