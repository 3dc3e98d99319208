import { string as stringArg } from "@oclif/core/args";
import { string as stringFlag } from "@oclif/core/flags";
import type {
  ControlChange,
  ControlNote,
  MigrationStart,
  MigrationStore,
  RunControl,
} from "../../migration";
import { assertAuditText } from "../../pointer";
import { type ConnectionFlags, connectionFlags, parseVersionFlag } from "../flags";
import { formatTime } from "../format";
import { withAliasMeant } from "../nearest-alias";
import { operator } from "../operator";
import { usageError } from "../usage";
import { MigrateCommand } from "./command";

export const controlArgs = {
  alias: stringArg({ description: "alias of the data set", required: true, ignoreStdin: true }),
  version: stringArg({ description: "version written", required: true, ignoreStdin: true }),
};

export const controlFlags = {
  ...connectionFlags,
  reason: stringFlag({ char: "r", summary: "why, for other operators", helpValue: "TEXT" }),
};

type NoteJson = { by: string; at: string | null; reason: string | null };

/** What the commands that control a run print with `--json`. */
export interface ControlJson {
  event: "paused" | "resumed" | "throttled" | "cancelled";
  alias: string;
  to: number;
  run: string;
  /** False if it was so before. */
  changed: boolean;
  /** What is asked of the run now. */
  paused: NoteJson | null;
  rate: (NoteJson & { perSecond: number }) | null;
  cancelled: NoteJson | null;
}

/** A run that a command may change. */
export interface ControlledRun {
  alias: string;
  to: number;
  started: MigrationStart;
  store: MigrationStore;
  /** Who asks now, and why. */
  note(): ControlNote;
  /** Changes what is asked of it. */
  change(change: ControlChange): Promise<{
    before: RunControl;
    changed: boolean;
    json: Omit<ControlJson, "event">;
  }>;
}

/** Base class of the commands that write only the control row of a run, or ask for something of it. */
export abstract class ControlCommand extends MigrateCommand {
  /**
   * Finds the run that copies to a version.
   *
   * @throws SwapError `swap.input-invalid` if no run is recorded
   */
  protected async controlledRun(
    args: { alias: string; version: string },
    flags: ConnectionFlags & { reason?: string | undefined },
  ): Promise<ControlledRun> {
    const alias = this.aliasOf(args.alias);
    const to = parseVersionFlag(args.version);
    const source = this.open(flags);
    const { client } = source;
    const { MigrationStore } = require("../../migration") as typeof import("../../migration");
    assertAuditText("flag --reason", flags.reason);
    const store = new MigrationStore({ client }, alias, to);
    const started = await store.started();
    if (started === undefined)
      throw usageError(
        "version",
        String(to),
        `no copy of alias "${alias}" to it is recorded in table "${store.table}"`,
        await withAliasMeant(
          source,
          alias,
          `name the version that is written; see swap versions ${alias}`,
        ),
      );
    const note = (): ControlNote => ({ by: operator(), at: Date.now(), reason: flags.reason });
    return {
      alias,
      to,
      started,
      store,
      note,
      async change(change) {
        const { before, after, changed } = await store.changeControl(started, change, note());
        const { paused, rate, cancelled } = after;
        return {
          before,
          changed,
          json: {
            alias,
            to,
            run: started.run,
            changed,
            paused: noteJson(paused),
            rate: rate ? { ...(noteJson(rate) as NoteJson), perSecond: rate.perSecond } : null,
            cancelled: noteJson(cancelled),
          },
        };
      },
    };
  }

  /** Prints what a command has done with a run. */
  protected sayOf({ alias, to }: ControlledRun, text: string): void {
    this.say(`${alias} to version ${to}: ${text}`);
  }

  /** A note in words. */
  protected textOf(note: ControlNote): string {
    return (require("../../migration") as typeof import("../../migration")).noteText(note);
  }
}

function noteJson(note: ControlNote | undefined): NoteJson | null {
  if (note === undefined) return null;
  return { by: note.by, at: formatTime(note.at) ?? null, reason: note.reason ?? null };
}
