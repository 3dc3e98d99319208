import { boolean, string as stringFlag } from "@oclif/core/flags";
import { isSwapError, SwapError } from "../errors";
import type { SwitchRun } from "../migration/live";
import type { AuditInfo, PointerRow, PointerUpdate, WritableControlTableRef } from "../pointer";
import type { Candidate, Gate } from "../readiness";
import { formatValue } from "../validation";
import { SwapCommand } from "./command";
import { EXIT } from "./exit-codes";
import { connectionFlags } from "./flags";
import { signalHandler, whileInterrupted } from "./interrupts";
import { operator } from "./operator";
import { usageError } from "./usage";

/** What a command that moves the pointer prints with `--json`. */
export interface MoveJson {
  event: "cut-over" | "rolled-back";
  controlTable: string;
  region: string;
  alias: string;
  /** The version that was active before. */
  from: number;
  to: number;
  table: string;
  /** ISO 8601. */
  at: string;
  reason: string;
  by: string;
  /** What the gates said that passed. */
  gates: string[];
  /** What is lost by the move, in words; null if nothing is. */
  loss: string | null;
  /** Lines of a VersionedTable that agree with the row. */
  program: string;
}

export const moveFlags = {
  ...connectionFlags,
  reason: stringFlag({
    char: "r",
    summary: "why, for the history: up to 256 characters",
    helpValue: "TEXT",
    required: true,
  }),
  writers: stringFlag({
    summary: "across a migration: what the writers do meanwhile, fenced or stopped",
    helpValue: "WHAT",
  }),
  yes: boolean({ char: "y", summary: "move without asking" }),
};

/** A move that is about to be made. */
interface Move {
  event: MoveJson["event"];
  ref: WritableControlTableRef;
  before: PointerRow;
  candidate: Candidate;
  gates: readonly Gate[];
  audit: Required<AuditInfo>;
  loss?: string;
  program: string;
  /** Moves the pointer; with an operation, only while its fence stands. */
  write(fence?: string): Promise<PointerUpdate>;
  /** Moves it across a migration whose replay runs, by the write that it is given. */
  cross?: Cross | undefined;
}

/** A move across a migration. */
export type Cross = (flip: Move["write"], run: SwitchRun) => Promise<PointerUpdate>;

/** A command that moves the pointer outside a program, for an emergency. */
export abstract class MoveCommand extends SwapCommand {
  /** Who moves it and why, for the history. */
  protected auditOf(reason: string): Required<AuditInfo> {
    const { MAX_AUDIT_TEXT_LENGTH } = require("../pointer") as typeof import("../pointer");
    if (reason.trim() === "")
      throw usageError("flag --reason", formatValue(reason), "it is empty", "say why");
    if (reason.length > MAX_AUDIT_TEXT_LENGTH)
      throw usageError(
        "flag --reason",
        formatValue(reason.slice(0, 40)),
        `it has ${reason.length} characters, at most ${MAX_AUDIT_TEXT_LENGTH} are kept`,
        "shorten it",
      );
    return { reason, actor: `swap:${operator()}`.slice(0, MAX_AUDIT_TEXT_LENGTH) };
  }

  /**
   * Asks, waits for the fence of another move, checks the gates, and moves the pointer. The gates come last: an answer may
   * take its time. Ctrl-C, SIGTERM and SIGHUP before the write end it, with its fence removed; a second one, a second
   * later or more, ends the process at once.
   *
   * @returns undefined if the answer was no, and for a move that was interrupted
   * @throws SwapError `swap.not-ready`, and as the write
   */
  protected async move(move: Move, yes: boolean): Promise<MoveJson | undefined> {
    const { event, ref, before, candidate, audit, loss, program } = move;
    const { alias, version: to } = candidate;
    const from = before.version;
    const region = await ref.client.config.region();
    const place = `control table "${ref.controlTable}" in ${region}`;
    if (loss !== undefined) this.note(loss);
    if (!(await this.isConfirmed(`move ${alias} from ${from} to ${to} in ${place}?`, yes)))
      return undefined;
    const { awaitOtherFence } = require("../migration/live") as typeof import("../migration/live");
    const onProgress = (line: string) => this.note(line);
    const gates: string[] = [];
    // From the write on, unless it says that nothing was written.
    let mayHaveMoved = false;
    const write: Move["write"] = async (fence) => {
      mayHaveMoved = true;
      return move.write(fence).catch((error) => {
        mayHaveMoved = !isSwapError(error) || error.code === "swap.outcome-unknown";
        throw error;
      });
    };
    const stop = new AbortController();
    const interrupt = signalHandler(
      () => {
        // In the middle of the write it would leave open whether that was applied.
        if (mayHaveMoved)
          this.note("the pointer is being written, which ends first; once more ends it");
        else stop.abort();
      },
      () => this.#endNow(alias, mayHaveMoved ? undefined : from, move.cross !== undefined),
    );
    const run = { onProgress, signal: stop.signal };
    let update: PointerUpdate;
    try {
      update = await whileInterrupted(interrupt, async () => {
        await awaitOtherFence(ref, alias, run);
        gates.push(...(await verdictsOf(candidate, move.gates)));
        for (const said of gates) this.note(said);
        stop.signal.throwIfAborted();
        return move.cross ? move.cross(write, run) : write();
      });
    } catch (error) {
      const ends = isSwapError(error)
        ? error.code === "swap.not-ready"
        : (error as Error).name === "AbortError";
      if (!stop.signal.aborted || !ends) throw error;
      if (this.jsonEnabled()) this.logJson({ event: "interrupted", alias, active: from });
      else this.note(`interrupted: nothing has moved, version ${from} is still active`);
      process.exitCode = EXIT.interrupted;
      return undefined;
    }
    this.say(`${alias}: ${from} -> ${to}`);
    this.note(`moved in ${place}`);
    this.note(`next: write ${program} in the program and run pulumi preview: it must plan no move`);
    return {
      event,
      controlTable: ref.controlTable,
      region,
      alias,
      from,
      to,
      table: update.table,
      at: new Date(update.activatedAt).toISOString(),
      reason: audit.reason,
      by: audit.actor,
      gates,
      loss: loss ?? null,
      program,
    };
  }

  /** Ends the process, whatever is under way. @param active the version that is; undefined if it may have changed */
  #endNow(alias: string, active: number | undefined, isFenced: boolean): never {
    const { FENCE_BUDGET_MS } = require("../migration/live") as typeof import("../migration/live");
    if (this.jsonEnabled()) this.logJson({ event: "interrupted", alias, active: active ?? null });
    else if (active === undefined)
      this.note(`ended: the pointer may have moved, or still move; run swap get ${alias}`);
    else
      this.note(
        `ended: nothing has moved, version ${active} is still active${isFenced ? `; a fence that still stands holds writes for ${FENCE_BUDGET_MS / 1000} s at most, run it again` : ""}`,
      );
    process.exit(active === undefined ? EXIT.outcomeUnknown : EXIT.interrupted);
  }
}

/**
 * What the gates say. A request of theirs that fails is reported as such, and not as a refusal.
 *
 * @throws SwapError `swap.not-ready`, and as the gates' requests
 */
async function verdictsOf(candidate: Candidate, gates: readonly Gate[]): Promise<string[]> {
  const { fromAws } = require("../pointer") as typeof import("../pointer");
  const { client, alias, version, table } = candidate;
  const notes: string[] = [];
  for (const gate of gates) {
    const verdict = await gate.check(candidate).catch(async (error: unknown) => {
      if (isSwapError(error)) throw error;
      throw await fromAws(error, { client, action: `gate ${gate.name}`, table });
    });
    if (!verdict.ready)
      throw new SwapError("swap.not-ready", {
        alias,
        version,
        table,
        gate: gate.name,
        reason: verdict.reason,
        fix: verdict.fix ?? `see that table "${table}" is ACTIVE, then run this command again`,
      });
    if (verdict.note !== undefined) notes.push(`${gate.name}: ${verdict.note}`);
  }
  return notes;
}
