import { option } from "@oclif/core/flags";
import { SwapCommand } from "../command";
import { aliasArg, connectionFlags } from "../flags";
import { controlTableFromFlags } from "../open-control-table";

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
    "SWAP_CONTROL_TABLE and SWAP_ALIAS, as shell, dotenv or JSON, quoted. Nothing is read from AWS.";
  static override examples = [
    {
      description: "Set them in this shell",
      command: 'eval "$(<%= config.bin %> env orders --control-table prod_swap)"',
    },
    {
      description: "Write them for docker run --env-file",
      command: "<%= config.bin %> env orders --format dotenv > worker.env",
    },
  ];
  static override args = { alias: aliasArg };
  static override flags = {
    "control-table": connectionFlags["control-table"],
    format: option({
      summary: "how to write them",
      options: ["shell", "dotenv", "json"] as const,
      default: "shell",
      helpValue: "shell|dotenv|json",
    })(),
  };

  async run(): Promise<EnvJson> {
    const { args, flags } = await this.parse(Env);
    const values: EnvJson = {
      SWAP_CONTROL_TABLE: controlTableFromFlags(flags),
      SWAP_ALIAS: this.aliasOf(args.alias),
    };
    const { format } = flags;
    if (format === "json") {
      if (!this.jsonEnabled()) this.logJson(values);
    } else {
      for (const [name, value] of Object.entries(values)) this.log(formats[format](name, value));
    }
    return values;
  }
}
