import type { Interfaces } from "@oclif/core";
import { boolean, option } from "@oclif/core/flags";
import type { ControlTableRef } from "../../pointer";
import { SwapCommand } from "../command";
import { CliError, failureOf } from "../failure";
import { aliasArg, connectionFlags } from "../flags";
import { unknownAlias } from "../nearest-alias";
import { controlTableFromFlags } from "../open-control-table";
import { isExit } from "../usage";

/** What `swap env --json` prints: the variables by their names. */
export type EnvJson = Record<"SWAP_CONTROL_TABLE" | "SWAP_ALIAS", string>;

const formats = {
  shell: (name: string, value: string) => `export ${name}='${value.replaceAll("'", "'\\''")}'`,
  dotenv: (name: string, value: string) =>
    /^[\w.:/-]+$/.test(value) ? `${name}=${value}` : `${name}=${JSON.stringify(value)}`,
};

/** `swap env ALIAS` */
export default class Env extends SwapCommand {
  static override summary = "Print the environment that workers and readers of an alias want.";
  static override description =
    "SWAP_CONTROL_TABLE and SWAP_ALIAS, as shell, dotenv or JSON, quoted. First it reads the alias's row, consistently; an alias that has neither a row nor a table is refused: exit code 3; what a shell evaluates then unsets SWAP_ALIAS and fails. With --offline nothing is read, and any name is printed.";
  static override examples = [
    {
      description: "Set them in this shell",
      command: 'eval "$(<%= config.bin %> env orders --control-table prod_swap)"',
    },
    {
      description: "Write them for docker run --env-file",
      command: "<%= config.bin %> env orders --format dotenv > new.env && mv new.env worker.env",
    },
  ];
  static override args = { alias: aliasArg };
  static override flags = {
    ...connectionFlags,
    format: option({
      summary: "how to write them",
      options: ["shell", "dotenv", "json"] as const,
      default: "shell",
      helpValue: "shell|dotenv|json",
    })(),
    offline: boolean({ summary: "print them without reading anything from AWS" }),
  };

  async run(): Promise<EnvJson> {
    const { args, flags } = await this.parse(Env);
    const values: EnvJson = {
      SWAP_CONTROL_TABLE: controlTableFromFlags(flags),
      SWAP_ALIAS: this.aliasOf(args.alias),
    };
    const { format, offline } = flags;
    if (!offline) await assertKnown(this.open(flags), values.SWAP_ALIAS).catch(addOffline);
    if (format === "json") {
      if (!this.jsonEnabled()) this.logJson(values);
    } else {
      for (const [name, value] of Object.entries(values)) this.log(formats[format](name, value));
    }
    return values;
  }

  /** A shell sees nothing of a failure in `eval "$(swap env ALIAS)"` but the output: the alias of before must not stay in force. */
  protected override async catch(error: Interfaces.CommandError): Promise<void> {
    const isForShell = !/ --format[ =](?!shell)/.test(` ${this.argv.join(" ")}`);
    if (isForShell && !process.stdout.isTTY && !isExit(error)) this.log("unset SWAP_ALIAS; false");
    return super.catch(error);
  }
}

/** Refuses an alias that has neither a row nor a table. */
async function assertKnown(source: ControlTableRef, alias: string): Promise<void> {
  const { findActive } = require("../../pointer") as typeof import("../../pointer");
  if ((await findActive(source, alias)) !== undefined) return;
  const { findVersionTables } =
    require("../../pointer/version-tables") as typeof import("../../pointer/version-tables");
  const tables = await findVersionTables(source.client, alias, undefined);
  if (tables.length === 0) throw unknownAlias(source, alias);
}

/** Adds to a failed look how to do without one. */
function addOffline(error: unknown): never {
  const { code, message, hint, payload } = failureOf(error);
  throw new CliError(code, message, `${hint}; --offline prints them unread`, payload);
}
