import type { Interfaces } from "@oclif/core";
import { Command } from "@oclif/core/command";
import { assertAlias } from "../pointer/alias";
import { exitCodeOf } from "./exit-codes";
import { failureOf } from "./failure";
import { wantsJson } from "./json";
import { failureJson, line } from "./report";
import { type ConnectionFlags, openSource, type Source } from "./source";
import { fromOclif, isExit, usage } from "./usage";

/** What every command of swap shares: where it reads, its two kinds of output, and its errors. */
export abstract class SwapCommand extends Command {
  static override enableJsonFlag = true;

  private source: Source | undefined;

  /** Opens the connection of this run; it is closed when the command ends. */
  protected open(flags: ConnectionFlags): Source {
    this.source ??= openSource(flags);
    return this.source;
  }

  /**
   * The alias that the argument or SWAP_ALIAS names.
   *
   * @throws SwapError `swap.input-invalid`, `swap.alias-invalid`
   */
  protected aliasOf(argument: string | undefined): string {
    const alias = argument ?? (process.env.SWAP_ALIAS || undefined);
    if (alias === undefined)
      throw usage(
        "alias",
        "(none)",
        "neither the ALIAS argument nor SWAP_ALIAS names it",
        `write swap ${this.id} ALIAS or set SWAP_ALIAS`,
      );
    assertAlias(alias);
    return alias;
  }

  /** A remark for people; stdout stays the result alone, and `--json` prints nothing else. */
  protected note(text: string): void {
    if (!this.jsonEnabled()) process.stderr.write(`swap: ${line(text)}\n`);
  }

  override jsonEnabled(): boolean {
    return wantsJson(this.argv);
  }

  override logJson(json: unknown): void {
    process.stdout.write(`${JSON.stringify(json, null, 2)}\n`);
  }

  protected override toErrorJson(error: unknown): Record<string, unknown> {
    return failureJson(failureOf(fromOclif(error, this.id)));
  }

  protected override async catch(error: Interfaces.CommandError): Promise<void> {
    // An exit asked for by oclif (--help) is no failure.
    if (isExit(error)) throw error;
    if (!this.jsonEnabled()) throw fromOclif(error, this.id);
    this.logJson(this.toErrorJson(error));
    process.exitCode = exitCodeOf(failureOf(fromOclif(error, this.id)));
  }

  protected override async finally(): Promise<void> {
    this.source?.client.destroy();
  }
}
