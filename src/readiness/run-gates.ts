import {
  isNotFound,
  isTransientFailure,
  monotonicClock,
  NEW_TABLE_MS,
  type NewTableRetry,
} from "../aws";
import { isSwapError, SwapError } from "../errors";
import { fromAws } from "../pointer";
import type { Candidate, Gate, Verdict } from "./gate";

/** Default pause between checks of a gate during a wait, in milliseconds. */
const POLL_MS = 2_000;

export interface GateRunOptions {
  /** Total time to retry gates that refuse, in milliseconds. Default 0: check once. */
  waitForMs?: number;
  /** Called for each refusal during a wait, and for each note that is not {@link told}. */
  onProgress?: (line: string) => void;
  /** Gates whose notes are shown elsewhere where they pass without a wait. */
  told?: readonly string[];
  /** Ends the wait: the last refusal is then reported as interrupted. */
  signal?: AbortSignal;
  /** For tests: the clock in milliseconds, and the pause. */
  clock?: NewTableRetry["clock"];
}

/**
 * Checks the gates in order and throws for the first one that still refuses when the time is up. A refusal
 * that waiting can't fix throws immediately: a denied caller, a missing table, an invalid request.
 *
 * @returns the notes of the gates that passed
 * @throws SwapError `swap.not-ready` naming the gate, its figures and the fix
 */
export async function runGates(
  candidate: Candidate,
  gates: readonly Gate[],
  run: GateRunOptions = {},
): Promise<string[]> {
  const clock = run.clock ?? monotonicClock;
  const started = clock.now();
  const deadline = started + (run.waitForMs ?? 0);
  const notes: string[] = [];
  for (const gate of gates) {
    let last: RefusedVerdict | undefined;
    for (;;) {
      const verdict = await runGate(gate, candidate, run.signal);
      if (verdict.ready) {
        if (verdict.note !== undefined) {
          notes.push(`${gate.name}: ${verdict.note}`);
          if (last || !run.told?.includes(gate.name))
            run.onProgress?.(`${gate.name}: ${verdict.note}`);
        }
        break;
      }
      // Report the previous refusal: an interrupted gate's own refusal describes the interruption, not the
      // data.
      if (run.signal?.aborted) throw notReadyError(candidate, gate, interrupted(last ?? verdict));
      last = verdict;
      const { missing } = verdict;
      const left = (missing ? started + NEW_TABLE_MS : deadline) - clock.now();
      if (left <= 0 || verdict.final || (missing && candidate.isNew === false))
        throw notReadyError(candidate, gate, verdict);
      run.onProgress?.(
        `waiting up to ${Math.ceil(left / 1000)} s for gate ${gate.name}: ${verdict.reason}`,
      );
      await clock.sleep(Math.min(gate.pauseMs ?? POLL_MS, left), run.signal);
    }
  }
  return notes;
}

type RefusedVerdict = Extract<Verdict, { ready: false }>;

function interrupted(verdict: RefusedVerdict): RefusedVerdict {
  return { ...verdict, reason: `interrupted: ${verdict.reason}` };
}

async function runGate(gate: Gate, candidate: Candidate, signal?: AbortSignal): Promise<Verdict> {
  try {
    return await gate.check(candidate, signal);
  } catch (error) {
    const swapError = isSwapError(error)
      ? error
      : await fromAws(error, {
          client: candidate.client,
          action: `gate ${gate.name}`,
          table: candidate.table,
        });
    return {
      ready: false,
      // The gate itself reports the version's missing table. Waiting does not bring back another table.
      final: isNotFound(error) || !isTransientFailure(swapError),
      reason: `the gate failed: ${swapError.message}`,
      fix: swapError.hint,
    };
  }
}

function notReadyError(
  { alias, version, table }: Candidate,
  gate: Gate,
  verdict: RefusedVerdict,
): SwapError {
  const { reason, fix } = verdict;
  return new SwapError("swap.not-ready", { alias, version, table, gate: gate.name, reason, fix });
}
