import { isSwapError } from "../errors";
import { formatValue, parseDuration } from "../validation";
import { usageError } from "./usage";

/** Shortest pause between two reads, in milliseconds: each is paid for. */
const MIN_INTERVAL_MS = 100;
/** Longest one: a day. Node's timers end at once beyond 24 days. */
const MAX_INTERVAL_MS = 86_400_000;

/** Resolves after a pause. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * The milliseconds of an `--interval` flag.
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
 * Whether the next try may succeed without anyone changing anything.
 *
 * @param answered whether the same request has been answered before: then it was no wrong one that
 * DynamoDB refuses every time
 */
export function isTransient(error: unknown, answered: boolean): boolean {
  if (!isSwapError(error)) return false;
  return error.code === "swap.unreachable" || (answered && error.code === "swap.service-error");
}

/** The result of a promise, or "late" when it takes longer; its failure is then ignored. */
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

/** Prints a repeated failure once, and when it has passed. */
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
