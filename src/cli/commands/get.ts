import { SwapCommand } from "../command";
import { aliasArg, connectionFlags } from "../flags";
import { type PointerJson, pointerJson } from "../pointer-json";

/** `swap get ALIAS` */
export default class Get extends SwapCommand {
  static override summary = "Print the active version of an alias.";
  static override description =
    "One consistent read. The version is alone on standard output. An alias without a row has no active version: exit code 3.";
  static override examples = [
    {
      description: "Print the active version",
      command: "<%= config.bin %> get orders --control-table prod_swap",
    },
    {
      description: "Use it in a script; SWAP_CONTROL_TABLE and SWAP_ALIAS name the rest",
      command: 'version="$(<%= config.bin %> get)"',
    },
    {
      description: "See when and by whom it was activated",
      command: "<%= config.bin %> get orders --json",
    },
  ];
  static override args = { alias: aliasArg };
  static override flags = connectionFlags;

  async run(): Promise<PointerJson> {
    const { args, flags } = await this.parse(Get);
    const alias = this.aliasOf(args.alias);
    const source = this.open(flags);
    const { getActive } = require("../../pointer") as typeof import("../../pointer");
    const row = await getActive(source, alias);
    this.log(String(row.version));
    return pointerJson(row);
  }
}
