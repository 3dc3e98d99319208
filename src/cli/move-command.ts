import { boolean, string as stringFlag } from "@oclif/core/flags";
import type { AuditInfo, PointerRow, PointerUpdate } from "../pointer";
import type { Candidate, Gate } from "../readiness";
import { formatValue } from "../validation";
import { SwapCommand } from "./command";
import { canAsk, confirmed } from "./confirm";
import { EXIT } from "./exit-codes";
import { connectionFlags } from "./flags";
import { operator } from "./operator";
import { usageError } from "./usage";

/** What a command that moves the pointer prints with `--json`. */
export interface MoveJson {
  event: "cut-over" | "rolled-back";
  alias: string;
  /** The version that was active before; null if the alias had no row. */
  from: number | null;
  to: number;
  table: string;
  /** ISO 8601. */
  at: string;
  reason: string;
  by: string;
  /** Lines of a VersionedTable that agree with the row. */
  program: string;
}

export const moveFlags = {
  ...connectionFlags,
  reason: stringFlag({
    summary: "why, for the history: up to 256 characters",
    helpValue: "TEXT",
    required: true,
  }),
  yes: boolean({ summary: "move without asking" }),
};

/** A command that moves the pointer outside a program, for an emergency. */
export abstract class MoveCommand extends SwapCommand {
  /** Refuses to go on without a person who can confirm, unless `--yes` is given. */
  protected assertConfirmable(yes: boolean): void {
    if (yes || (!this.jsonEnabled() && canAsk())) return;
    throw usageError(
      "flag --yes",
      "(none)",
      "this moves live traffic, and there is no terminal to ask on",
      "pass --yes to move it",
    );
  }

  /** Asks, unless `--yes` is given; false if the answer was no. */
  protected async confirmMove(question: string, yes: boolean): Promise<boolean> {
    if (yes || (await confirmed(question))) return true;
    this.note("nothing was changed");
    process.exitCode = EXIT.interrupted;
    return false;
  }

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

  /** Runs the gates and shows what those that pass say. */
  protected async runGates(candidate: Candidate, gates: readonly Gate[]): Promise<void> {
    const { runGates } = require("../readiness") as typeof import("../readiness");
    for (const note of await runGates(candidate, gates)) this.note(note);
  }

  /** Prints what was done, and the program that agrees with it. */
  protected tell(
    event: MoveJson["event"],
    update: PointerUpdate,
    before: PointerRow | undefined,
    audit: Required<AuditInfo>,
    program: string,
  ): MoveJson {
    const { alias, version, table, activatedAt } = update;
    const from = update.previous ?? before?.version ?? null;
    this.log(`${alias}: ${from === null ? "" : `${from} -> `}${version}`);
    this.note(`next: write ${program} in the program and run pulumi preview: it must plan no move`);
    return {
      event,
      alias,
      from,
      to: version,
      table,
      at: new Date(activatedAt).toISOString(),
      reason: audit.reason,
      by: audit.actor,
      program,
    };
  }
}
