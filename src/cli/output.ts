import { EXIT } from "./exit-codes";
import { CliError } from "./failure";
import { PipeMonitor } from "./pipe-monitor";
import { report } from "./report";

/** Pause between two checks for the reader of a pipe, in milliseconds. */
const PIPE_CHECK_MS = 250;

/**
 * Handles failed writes to the output. A full disk ends the process with a one-line message and a non-zero
 * exit code. A reader that stops early (`swap list | head -1`) and a terminal that went away are no failures: the command
 * continues to its own exit code, which callers of `doctor` and `wait` need, and removes a fence. Without this, Node prints a stack trace in
 * both cases.
 */
export function handleOutputErrors(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (isGone(process.stdout, error)) return;
    const { message } = error;
    const code = report(
      new CliError(
        "swap.unexpected",
        `standard output can't be written: ${message}`,
        "make room where it goes, or send it elsewhere, then run it again",
      ),
      false,
    );
    process.exit(Number(process.exitCode) || code);
  });
  // Standard error failed, so there is nowhere to report it.
  process.stderr.on("error", (error: NodeJS.ErrnoException) => {
    if (!isGone(process.stderr, error)) process.exit(Number(process.exitCode) || EXIT.unexpected);
  });
}

/** Whether nobody reads the output any more. EIO is what a write to a terminal that has hung up fails with. */
const isGone = ({ isTTY }: NodeJS.WriteStream, { code }: NodeJS.ErrnoException): boolean =>
  code === "EPIPE" || (isTTY && code === "EIO");

/** Resolves when all output so far is written or its failure is handled. */
export async function flushOutput(): Promise<void> {
  for (const stream of [process.stdout, process.stderr])
    if (stream.writableLength > 0)
      await new Promise<void>((resolve) => stream.write("", () => resolve()));
  // Node emits the error of a write some ticks after its callback.
  await new Promise((resolve) => setImmediate(resolve));
}

/**
 * Ends the process with exit code 0 when no process reads standard output any more. For a command that runs
 * until interrupted and would notice only at its next write. Immediate on Linux; elsewhere at the next
 * line.
 */
export function exitWhenPipeCloses(): void {
  const end = () => process.exit(EXIT.ok);
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (isGone(process.stdout, error)) end();
  });
  const pipe = new PipeMonitor();
  setInterval(() => {
    if (pipe.isClosed()) end();
  }, PIPE_CHECK_MS).unref();
}
