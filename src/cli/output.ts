import { EXIT } from "./exit-codes";
import { CliError } from "./failure";
import { PipeMonitor } from "./pipe-monitor";
import { report } from "./report";

/** Pause between two checks for the reader of a pipe, in milliseconds. */
const PIPE_CHECK_MS = 250;

/**
 * Decides what a write that fails means. A full disk exits with a line and a code other than 0. A
 * reader that stops early (`swap list | head -1`) is no failure: the command goes on to its own exit
 * code, which `doctor` and `wait` are asked for. Without this, Node prints a stack trace for either.
 */
export function handleOutputErrors(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") return;
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
  // There is no other place to report it.
  process.stderr.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") process.exit(Number(process.exitCode) || EXIT.unexpected);
  });
}

/** Resolves when everything written so far is out, or its failure has been handled. */
export async function flushOutput(): Promise<void> {
  for (const stream of [process.stdout, process.stderr])
    if (stream.writableLength > 0)
      await new Promise<void>((resolve) => stream.write("", () => resolve()));
  // Node emits the error of a write some ticks after its callback.
  await new Promise((resolve) => setImmediate(resolve));
}

/**
 * Ends the process with exit code 0 when nothing reads standard output any more. For a command that
 * runs until interrupted and would notice only at its next write. On Linux it notices at once;
 * elsewhere, with the next line.
 */
export function exitWhenPipeCloses(): void {
  const end = () => process.exit(EXIT.ok);
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") end();
  });
  const pipe = new PipeMonitor();
  setInterval(() => {
    if (pipe.isClosed()) end();
  }, PIPE_CHECK_MS).unref();
}
