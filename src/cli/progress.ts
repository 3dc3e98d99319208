import { formatLine } from "./report";

/** How long a command works before it prints progress, in milliseconds. */
const SHOW_AFTER_MS = 500;
/** Pause between two updates, in milliseconds. */
const MIN_UPDATE_MS = 100;

const CLEAR_LINE = "\r\u001b[2K";

/** The stream for progress: standard error, or a test double. */
export interface ProgressStream {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

/**
 * A progress line that is overwritten during the work and erased at its end. Only on a terminal: a log
 * would keep every update.
 */
export class Progress {
  private next: number;
  private shown = false;

  constructor(
    private readonly stream: ProgressStream,
    // Not `performance.now`, which loads a module of Node's at each start.
    private readonly now: () => number = () => process.uptime() * 1_000,
    private readonly term = process.env.TERM,
  ) {
    this.next = now() + SHOW_AFTER_MS;
  }

  /** Prints the progress, at most once every {@link MIN_UPDATE_MS}. */
  update(text: string): void {
    if (this.stream.isTTY !== true || this.term === "dumb" || this.now() < this.next) return;
    this.next = this.now() + MIN_UPDATE_MS;
    if (!this.shown) process.once("exit", () => this.clear());
    this.shown = true;
    // A line that wraps could not be erased: only its last row would be.
    const line = `swap: ${formatLine(text)}`.slice(0, (this.stream.columns || 80) - 1);
    this.stream.write(`${CLEAR_LINE}${line}`);
  }

  /** Erases the line, so that the next output starts in its place. */
  clear(): void {
    if (this.shown) this.stream.write(CLEAR_LINE);
    this.shown = false;
  }
}
