import { isTransientFailure } from "../aws";
import { isSwapError, SwapError } from "../errors";
import { type ControlTableRef, findActive, isBarred, type PointerRow } from "../pointer";
import { type Clock, realClock } from "./rate-limit";
import type { TransformContext } from "./transform";

/** Time for which a check permits writes, in milliseconds. */
const CHECK_EVERY_MS = 2_000;
/** Age of a check from which a write begins the next one, and does not wait for it. */
const CHECK_AHEAD_MS = 1_500;
/** How long to wait for a check that can't be made, in milliseconds, with pauses that double. */
const UNCHECKED_MS = 30_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;

/** What a check returns whose answer may change at any moment. */
export const ONCE = Symbol("once");

/** Where to see whether a target may be written. */
export interface TargetControl {
  /** The control table of the alias. */
  control: ControlTableRef;
  /** Whether the target may be written although the control table has no row of the alias. Default: false. */
  allowNoActive?: boolean | undefined;
}

/**
 * Refuses a target that is or was active, or that no move can make active: a copy would overwrite what was written to
 * it while it was active. Cost: one consistent GetItem.
 *
 * @param fix what to do about a target that is refused
 * @returns the row; undefined if the alias has none
 * @throws SwapError `swap.input-invalid` if it is refused, and as `findActive`
 */
export async function assertTargetWritable(
  { control, allowNoActive }: TargetControl,
  { alias, to }: TransformContext,
  fix: string,
): Promise<PointerRow | undefined> {
  const refused = (rule: string) =>
    new SwapError("swap.input-invalid", { name: "version", value: String(to), rule, fix });
  const row = await findActive(control, alias);
  if (row === undefined) {
    if (allowNoActive) return undefined;
    throw new SwapError("swap.input-invalid", {
      name: "alias",
      value: `"${alias}"`,
      rule: `control table "${control.controlTable}" has no active version of it, so version ${to} may be active in another one`,
      fix: "pass --control-table NAME, or --allow-no-active if no version is active yet; in a program, control and allowNoActive",
    });
  }
  if (row.corrupt) throw new SwapError("swap.malformed-row", row.corrupt);
  if (row.version === to) throw refused(`it is the active version of alias "${alias}"`);
  const known = [row.previous, ...row.history.map(({ version }) => version)];
  if (known.includes(to) || isBarred(row, to))
    throw refused("it has been active, and may hold what was written meanwhile");
  if (to < row.version)
    throw refused(`version ${row.version} is active, and only a greater one can follow`);
  return row;
}

/** What to do about a target that became active during a run. */
export const stoppedFix = ({ alias, from, to }: TransformContext): string =>
  `the run was stopped; swap verify ${alias} ${from} ${to} finds what it may have written over`;

/**
 * Permits writes while a check holds. A check permits them for 2 s from when it began, and the next is begun 0.5 s before
 * that ends, so that writes need not wait for it; one that returns {@link ONCE}
 * permits only the writes that wait for it. One that can't be made is repeated for 30 s, and nothing is written meanwhile.
 */
export class WriteGuard {
  readonly #clock: Clock;
  #passedAt = Number.NEGATIVE_INFINITY;
  #checking: Promise<void> | undefined;

  constructor(
    private readonly check: () => Promise<unknown>,
    clock: Clock = realClock,
    private readonly signal?: AbortSignal | undefined,
  ) {
    this.#clock = clock;
  }

  /** Waits until a check permits a write; callers share one check. Throws what the check throws. */
  readonly beforeWrite = async (): Promise<void> => {
    const age = this.#clock.now() - this.#passedAt;
    if (age < CHECK_AHEAD_MS) return;
    this.#checking ??= this.confirm().finally(() => {
      this.#checking = undefined;
    });
    if (age >= CHECK_EVERY_MS) return this.#checking;
    this.#checking.catch(() => {});
  };

  /** Makes the check now. */
  async confirm(): Promise<void> {
    const deadline = this.#clock.now() + UNCHECKED_MS;
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(LONGEST_PAUSE_MS, pause * 2)) {
      this.signal?.throwIfAborted();
      const startedAt = this.#clock.now();
      try {
        const answer = await this.check();
        // A check that was begun ahead permits no further write either, if it answers so.
        this.#passedAt = answer === ONCE ? Number.NEGATIVE_INFINITY : startedAt;
        return;
      } catch (error) {
        const unproven = isSwapError(error) && isTransientFailure(error);
        if (!unproven) this.#passedAt = Number.NEGATIVE_INFINITY;
        if (!unproven || this.#clock.now() + pause > deadline) throw error;
        await this.#clock.sleep(pause, this.signal);
      }
    }
  }
}
