import type { Interfaces } from "@oclif/core";
import { Command } from "@oclif/core/command";
import type { Config } from "@oclif/core/config";
import type { ControlTableRef } from "../pointer";
import { assertAlias } from "../pointer/names";
import { hasColour } from "./colour";
import { type Column, fitLine, formatColumns, omissionText, terminalWidth } from "./columns";
import { canAsk, confirmed } from "./confirm";
import { EXIT, exitCodeOf } from "./exit-codes";
import { failureOf } from "./failure";
import type { ConnectionFlags } from "./flags";
import { escapeControlCharacters } from "./format";
import { nearestAlias, withNearestAlias } from "./nearest-alias";
import { openControlTable } from "./open-control-table";
import { Progress } from "./progress";
import { type FailureJson, failureJson, formatLine, wantsJson } from "./report";
import { fromOclif, isExit, usageError } from "./usage";

/** Base class of every command: connection, text or JSON output, and errors. */
export abstract class SwapCommand extends Command {
  static override enableJsonFlag = true;

  /** Runs the command with a loaded configuration. */
  static start(
    this: new (
      argv: string[],
      config: Config,
    ) => SwapCommand,
    argv: string[],
    config: Config,
  ): Promise<unknown> {
    return new this(argv, config)._run();
  }

  private source: ControlTableRef | undefined;
  private readonly progressLine = new Progress(process.stderr);

  /** Opens the connection of this run; it is closed when the command ends. */
  protected open(flags: ConnectionFlags): ControlTableRef {
    this.source ??= openControlTable(flags, (text) => this.note(text));
    return this.source;
  }

  /**
   * The alias from the argument, else from SWAP_ALIAS.
   *
   * @throws SwapError `swap.input-invalid`, `swap.alias-invalid`
   */
  protected aliasOf(argument: string | undefined): string {
    const alias = argument ?? (process.env.SWAP_ALIAS || undefined);
    if (alias === undefined)
      throw usageError(
        "alias",
        "(none)",
        "it is missing",
        `write swap ${this.id} ALIAS or set SWAP_ALIAS`,
      );
    assertAlias(alias);
    return alias;
  }

  /**
   * The aliases from the arguments, else from SWAP_ALIAS unless `all` is set; undefined means every alias
   * of the control table.
   *
   * @throws SwapError `swap.input-invalid`, `swap.alias-invalid`
   */
  protected aliasesOf(named: readonly string[], all: boolean): string[] | undefined {
    if (all && named.length > 0)
      throw usageError("flag", "--all", "aliases are named as well", "leave out one or the other");
    if (named.length === 0 && (all || !process.env.SWAP_ALIAS)) return undefined;
    if (named.length === 0) return [this.aliasOf(undefined)];
    return [...new Set(named.map((alias) => this.aliasOf(alias)))];
  }

  /** Shows the progress of a long run, only on a terminal; erased when the run ends. */
  protected progress(text: string): void {
    if (!this.jsonEnabled()) this.progressLine.update(text);
  }

  /** Prints a sentence on stdout, wrapped where a terminal is narrower. */
  protected say(text: string): void {
    this.log(fitLine(escapeControlCharacters(text), process.stdout, 2));
  }

  /** Prints a note on stderr, since stdout holds only the result. Prints nothing with `--json`. */
  protected note(text: string): void {
    if (!this.jsonEnabled()) this.warnLine(text);
  }

  /** Prints on stderr, with `--json` as well. */
  protected warnLine(text: string): void {
    this.progressLine.clear();
    process.stderr.write(`${fitLine(`swap: ${formatLine(text)}`, process.stderr, 2)}\n`);
  }

  /**
   * Refuses to go on without a person who can confirm, unless `--yes` is given.
   *
   * @param rule why it asks
   * @throws SwapError `swap.input-invalid`
   */
  protected assertConfirmable(yes: boolean, rule: string, fix: string): void {
    if (yes || (!this.jsonEnabled() && canAsk())) return;
    throw usageError("flag --yes", "(none)", `${rule}, and there is no terminal to ask on`, fix);
  }

  /** Asks, unless `--yes` is given. After a no, it says that nothing was changed, and sets the exit code. */
  protected async isConfirmed(question: string, yes: boolean): Promise<boolean> {
    if (yes || (await confirmed(question))) return true;
    this.note("nothing was changed");
    process.exitCode = EXIT.interrupted;
    return false;
  }

  /** Says on stderr that an alias has no row, and which one was probably meant. */
  protected async noteAbsent(source: ControlTableRef, alias: string): Promise<void> {
    const near = await nearestAlias(source, alias);
    if (near !== undefined) this.note(`alias "${alias}" has no row; did you mean "${near}"?`);
  }

  /**
   * Prints rows as an aligned table on stdout; coloured, and as wide as it, only on a terminal.
   *
   * @returns headings of the columns that were left out
   */
  protected print<T>(rows: readonly T[], columns: readonly Column<T>[]): string[] {
    const width = terminalWidth(process.stdout);
    const shown = columns.filter(({ terminalOnly }) => width !== undefined || !terminalOnly);
    const table = formatColumns(rows, shown, hasColour(process.stdout), width);
    this.log(table.lines.join("\n"));
    if (table.omitted.length > 0) this.note(omissionText(table.omitted));
    return table.omitted;
  }

  override jsonEnabled(): boolean {
    return wantsJson(this.argv);
  }

  /** Prints the text unchanged; oclif's own `log` would format it. */
  override log(text = ""): void {
    this.progressLine.clear();
    if (!this.jsonEnabled()) process.stdout.write(`${text}\n`);
  }

  override logJson(json: unknown): void {
    process.stdout.write(`${JSON.stringify(json, null, 2)}\n`);
  }

  protected override toErrorJson(error: unknown): FailureJson {
    return failureJson(failureOf(error));
  }

  protected override async catch(error: Interfaces.CommandError): Promise<void> {
    this.progressLine.clear();
    // An exit requested by oclif, as for --help, is not a failure.
    if (isExit(error)) throw error;
    const failure = await withNearestAlias(this.source, fromOclif(error, this.id));
    if (!this.jsonEnabled()) throw failure;
    this.logJson(this.toErrorJson(failure));
    process.exitCode = exitCodeOf(failureOf(failure));
  }

  protected override async finally(): Promise<void> {
    this.source?.client.destroy();
  }
}
