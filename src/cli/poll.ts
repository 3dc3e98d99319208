import { isSwapError } from "../errors";
import { formatValue, parseDuration } from "../validation";
import { usageError } from "./usage";

/** Shortest pause between two reads, in milliseconds, since each read costs money. */
const MIN_INTERVAL_MS = 100;
/** Longest pause between two reads: one day. Node's timers fire immediately beyond 24 days. */
const MAX_INTERVAL_MS = 86_400_000;

/** Resolves after a pause. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * Parses an `--interval` flag to milliseconds.
 *
 * @throws SwapError `swap.input-invalid`
 */
export function parseInterval(text: string): number {
  const ms = parseDuration(text, "flag --interval");
  if (ms >= MIN_INTERVAL_MS && ms <= MAX_INTERVAL_MS) return ms;
  const short = ms < MIN_INTERVAL_MS;
  throw usageError(
    "flag --interval",
    formatValue(text),
    short ? `want at least ${MIN_INTERVAL_MS}ms between two reads` : "want at most a day",
    short ? "pass a longer one, such as 2s" : "pass a shorter one, such as 1h",
  );
}

/**
 * Whether a retry may succeed without any change.
 *
 * @param answered whether the same request succeeded before, so that it is valid
 */
export function isTransient(error: unknown, answered: boolean): boolean {
  if (!isSwapError(error)) return false;
  return error.code === "swap.unreachable" || (answered && error.code === "swap.service-error");
}

/** Waits for a promise; "late" if it takes longer, and its failure is then ignored. */
export async function withTimeLimit<T>(ms: number, promise: Promise<T>): Promise<T | "late"> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(() => resolve("late"), Math.min(ms, MAX_INTERVAL_MS));
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Prints a repeated failure once, and once more when it is over. */
export class TransientFailures {
  private last: string | undefined;

  constructor(private readonly say: (text: string) => void) {}

  failed(error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    if (text !== this.last) this.say(`${text}; trying again`);
    this.last = text;
  }

  recovered(): void {
    if (this.last !== undefined) this.say("reading again");
    this.last = undefined;
  }
}
