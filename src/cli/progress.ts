import { line } from "./report";

/** How long a command works before it tells how far it is, in milliseconds. */
const PATIENCE_MS = 500;
/** Pause between two tellings, in milliseconds. */
const PACE_MS = 100;

const CLEARED = "\r\u001b[2K";

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
    this.next = now() + PATIENCE_MS;
  }

  /** Prints how far the work is, at most once a moment. */
  tell(text: string): void {
    if (this.stream.isTTY !== true || this.term === "dumb" || this.now() < this.next) return;
    this.next = this.now() + PACE_MS;
    if (!this.shown) process.once("exit", () => this.clear());
    this.shown = true;
    this.stream.write(`${CLEARED}swap: ${line(text)}`);
  }

  /** Takes the line away, so that what is printed next stands where it stood. */
  clear(): void {
    if (this.shown) this.stream.write(CLEARED);
    this.shown = false;
  }
}
