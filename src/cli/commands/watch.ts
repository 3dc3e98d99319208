import { string as stringArg } from "@oclif/core/args";
import { boolean, string as stringFlag } from "@oclif/core/flags";
import type { ControlTableRef } from "../../pointer";
import type { AliasState } from "../alias-state";
import { SwapCommand } from "../command";
import { connectionFlags } from "../flags";
import { exitWhenPipeCloses } from "../output";
import { mapParallel } from "../parallel";
import { isTransient, parseInterval, pause, TransientFailures } from "../poll";
import { formatWatchEvent, type WatchEvent, WatchState } from "../watch-events";

/** `swap watch [ALIAS...]` */
export default class Watch extends SwapCommand {
  static override summary = "Print a line for every change of an active version.";
  static override description =
    "Starts with what is active now, and runs until it is interrupted (exit code 130) or nothing reads its output any more (exit code 0). Named aliases are read one by one; without a name, nor SWAP_ALIAS, the whole control table is scanned at each look. A transient failure is printed once on standard error, and watching goes on. With --json each line is an object.";
  static override examples = [
    {
      description: "Watch two aliases",
      command: "<%= config.bin %> watch orders customers --control-table prod_swap",
    },
    {
      description: "Feed changes of every alias to a script",
      command: "<%= config.bin %> watch --all --json --interval 10s | ./on-change.sh",
    },
  ];
  static override args = {
    alias: stringArg({
      description: "aliases to watch; default: SWAP_ALIAS, else every alias",
      multiple: true,
      ignoreStdin: true,
    }),
  };
  static override flags = {
    ...connectionFlags,
    all: boolean({ summary: "watch every alias, even when SWAP_ALIAS is set" }),
    interval: stringFlag({
      char: "i",
      summary: "pause between two looks, such as 500ms, 2s or 1m",
      default: "2s",
      helpValue: "DURATION",
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Watch);
    const interval = parseInterval(flags.interval);
    const aliases = this.aliasesOf([args.alias ?? []].flat(), flags.all);
    const source = this.open(flags);
    const failures = new TransientFailures((text) => this.warnLine(text));
    const state = new WatchState();
    exitWhenPipeCloses();

    // Fail if the first read fails, so that a wrong endpoint is not retried forever.
    const first = await readWatched(source, aliases);
    this.printEvents(state.update(first));
    for (const { alias, row, error } of first)
      if (!row && !error) await this.noteAbsent(source, alias);
    for (;;) {
      await pause(interval);
      try {
        const seen = await readWatched(source, aliases);
        failures.recovered();
        this.printEvents(state.update(seen));
      } catch (error) {
        if (!isTransient(error, true)) throw error;
        failures.failed(error);
      }
    }
  }

  /** Prints each object on one line, also the error that may end the stream. */
  override logJson(json: unknown): void {
    process.stdout.write(`${JSON.stringify(json)}\n`);
  }

  private printEvents(events: readonly WatchEvent[]): void {
    for (const event of events) {
      if (this.jsonEnabled()) this.logJson(event);
      else this.say(formatWatchEvent(event));
    }
  }
}

async function readWatched(
  source: ControlTableRef,
  aliases: readonly string[] | undefined,
): Promise<AliasState[]> {
  const { readAlias, readAliases } = require("../alias-state") as typeof import("../alias-state");
  return aliases === undefined
    ? readAliases(source)
    : mapParallel(aliases, (alias) => readAlias(source, alias));
}
