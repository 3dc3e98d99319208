import { parseArgs } from "node:util";
import { candidates } from "../candidates";
import { SwapCommand } from "../command";
import type { ConnectionFlags } from "../flags";
import { connectionFlags } from "../flags";
import { openControlTable } from "../open-control-table";
import { withTimeLimit } from "../poll";

/** Most aliases that are read for one completion. */
const MAX_ALIASES = 2_000;
/** Longest wait for them, in milliseconds: a person has pressed a key. */
const TIMEOUT_MS = 2_000;

/**
 * `swap complete -- WORD...`: what the last word may become, one a line. The scripts that `swap completion`
 * prints run it. A failure completes nothing, since a shell could not show it.
 */
export default class Complete extends SwapCommand {
  static override hidden = true;
  static override strict = false;
  static override enableJsonFlag = false;
  static override summary = "Complete a command line, for the scripts of swap completion.";

  async run(): Promise<void> {
    const words = this.argv.slice(this.argv.indexOf("--") + 1);
    await this.config.load();
    const found = await candidates(this.config.commands, words, () =>
      withTimeLimit(TIMEOUT_MS, aliasNames(words)).then(
        (names) => (names === "late" ? [] : names),
        () => [],
      ),
    );
    if (found.length > 0) this.log(found.join("\n"));
  }
}

/** The aliases of the control table that the words, or the environment, name. */
async function aliasNames(words: readonly string[]): Promise<string[]> {
  const options = Object.fromEntries(
    Object.keys(connectionFlags).map((name) => [name, { type: "string" as const }]),
  );
  const { values } = parseArgs({ args: [...words], options, strict: false });
  const { readAliasNames } = require("../alias-state") as typeof import("../alias-state");
  const table = values["control-table"] ?? process.env.SWAP_CONTROL_TABLE;
  const source = openControlTable(
    { ...values, "control-table": table } as ConnectionFlags,
    () => {},
  );
  return readAliasNames(source, MAX_ALIASES);
}
