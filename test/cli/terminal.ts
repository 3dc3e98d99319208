import { spawn, spawnSync } from "node:child_process";
import { AWS_ENV, BASE_ENV, BIN } from "./swap";

/** util-linux's `script` gives a command a terminal; other systems have another `script`. */
export const hasTerminal = spawnSync("script", ["--version"], {
  encoding: "utf8",
}).stdout?.includes("util-linux");
if (!hasTerminal) console.warn("SKIPPED: tests on a terminal need script of util-linux");

/**
 * What a terminal shows of a run, and its exit code; interrupted, as by hand, once `until` is seen.
 *
 * @param answer typed then instead of an interruption
 * @param columns the terminal's width; without it, the system's
 */
export function terminal(
  args: string[],
  env: Record<string, string>,
  { until, columns, answer = "\u0003" }: { until?: string; columns?: number; answer?: string } = {},
): Promise<{ code: number | null; out: string }> {
  const child = startOnTerminal(args, env, columns);
  let out = "";
  let interrupted = until === undefined;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
    if (interrupted || !out.includes(until as string)) return;
    interrupted = true;
    child.stdin.write(answer);
  });
  return new Promise((resolve) =>
    child.once("close", (code) => {
      child.stdin.destroy();
      resolve({ code, out: out.replaceAll("\r\n", "\n") });
    }),
  );
}

/** Starts a command on a separate terminal, which ends with the process that this gives. */
export function startOnTerminal(args: string[], env: Record<string, string>, columns?: number) {
  const run = [process.execPath, BIN, ...args].map((part) => `'${part}'`).join(" ");
  const command = columns === undefined ? run : `stty cols ${columns}; exec ${run}`;
  return spawn("script", ["-qec", command, "/dev/null"], {
    env: { ...BASE_ENV, ...AWS_ENV, TERM: "xterm", ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
}
