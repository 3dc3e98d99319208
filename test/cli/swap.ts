import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { SwapError, type SwapErrorCode, type SwapErrorPayloads } from "../../src/errors";

export const CHECKOUT = resolve(__dirname, "../..");
export const BIN = join(CHECKOUT, "bin/run.js");

/** An empty home: no profile, no theme, no cache of the machine takes part. */
export const HOME = mkdtempSync(join(tmpdir(), "swap-cli-home-"));

/** The only environment that a spawned swap sees, besides what a test adds. */
export const BASE_ENV: Record<string, string> = {
  PATH: process.env.PATH ?? "",
  HOME,
  AWS_EC2_METADATA_DISABLED: "true",
};

/** Credentials and Region that any local DynamoDB takes. */
export const AWS_ENV = {
  AWS_ACCESS_KEY_ID: "test",
  AWS_SECRET_ACCESS_KEY: "test",
  AWS_REGION: "eu-west-1",
};

/** A clock that stands still for a spawned swap: what it says of ages is the same however slow the machine is. */
export const standingAt = (now: number): Record<string, string> => ({
  NODE_OPTIONS: `--require ${join(__dirname, "standing-clock.cjs")}`,
  STANDING_CLOCK: String(now),
});

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Starts the real binary with exactly this environment. */
export function start(
  args: readonly string[],
  env: Record<string, string> = {},
): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [BIN, ...args], { env: { ...BASE_ENV, ...env } });
}

/** What a started binary printed, and its exit code; fails on a stack trace or a local path. */
export function ended(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  const out = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out.stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    out.stderr += text;
  });
  return new Promise((done, fail) => {
    child.once("error", fail);
    child.once("close", (code) => {
      const all = out.stdout + out.stderr;
      for (const leak of ["    at ", CHECKOUT, HOME])
        if (all.includes(leak))
          return fail(new Error(`output holds ${JSON.stringify(leak)}: ${all}`));
      done({ code, ...out });
    });
  });
}

/** Runs the real binary to its end, with credentials, Region and what `env` adds. */
export function swap(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  return ended(start(args, { ...AWS_ENV, ...env }));
}

/** What swap prints on standard error for an error; its wording is in the snapshot of test/unit/errors. */
export function printed<C extends SwapErrorCode>(code: C, payload: SwapErrorPayloads[C]): string {
  const { message, hint } = new SwapError(code, payload);
  return `swap: ${message}\n  fix: ${hint}\n`;
}

/** stdout as JSON. */
export function jsonOf({ stdout }: Ended): unknown {
  return JSON.parse(stdout);
}
