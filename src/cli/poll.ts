import { parseDuration } from "../duration";
import { isSwapError } from "../errors";
import { usage } from "./usage";

/** Shortest pause between two looks, in milliseconds: a read each, paid for. */
const SHORTEST_MS = 100;

/** Resolves after a pause. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * The milliseconds of an `--interval` flag.
 *
 * @throws SwapError `swap.input-invalid`
 */
export function intervalOf(text: string): number {
  const ms = parseDuration(text, "flag --interval");
  if (ms < SHORTEST_MS)
    throw usage(
      "flag --interval",
      JSON.stringify(text),
      `want at least ${SHORTEST_MS}ms between two reads`,
      "pass a longer one, such as 2s",
    );
  return ms;
}

/** Whether the next try may succeed without anyone changing anything. */
export function isTransient(error: unknown): boolean {
  return (
    isSwapError(error) && (error.code === "swap.unreachable" || error.code === "swap.service-error")
  );
}

/** Tells a failure once however often it comes back, and when it has passed. */
export class Hiccups {
  private last: string | undefined;

  constructor(private readonly say: (text: string) => void) {}

  failed(error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    if (text !== this.last) this.say(`${text}; trying again`);
    this.last = text;
  }

  passed(): void {
    if (this.last !== undefined) this.say("reading again");
    this.last = undefined;
  }
}
