import { formatLine } from "./report";

/** How long a command works before it tells how far it is, in milliseconds. */
const SHOW_AFTER_MS = 500;
/** Pause between two tellings, in milliseconds. */
const MIN_UPDATE_MS = 100;

const CLEAR_LINE = "\r\u001b[2K";

/** Where progress is printed: standard error, or a test's stand-in. */
export interface ProgressStream {
  isTTY?: boolean;
  write(text: string): unknown;
}

/**
 * One line that is overwritten as the work goes on and erased when it ends. Only on a terminal: a
 * log would keep every telling.
 */
export class Progress {
  private next: number;
  private shown = false;

  constructor(
    private readonly stream: ProgressStream,
    private readonly now: () => number = () => performance.now(),
    private readonly term = process.env.TERM,
  ) {
    this.next = now() + SHOW_AFTER_MS;
  }

  /** Prints how far the work is, at most once a moment. */
  update(text: string): void {
    if (this.stream.isTTY !== true || this.term === "dumb" || this.now() < this.next) return;
    this.next = this.now() + MIN_UPDATE_MS;
    if (!this.shown) process.once("exit", () => this.clear());
    this.shown = true;
    this.stream.write(`${CLEAR_LINE}swap: ${formatLine(text)}`);
  }

  /** Takes the line away, so that what is printed next stands where it stood. */
  clear(): void {
    if (this.shown) this.stream.write(CLEAR_LINE);
    this.shown = false;
  }
}
