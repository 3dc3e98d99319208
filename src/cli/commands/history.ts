import type { HistoryEntry, VersionFloor } from "../../pointer";
import { defined } from "../../validation";
import type { Column } from "../columns";
import { SwapCommand } from "../command";
import { aliasArg, connectionFlags } from "../flags";
import { formatActivationTime, formatAge } from "../format";
import { type HistoryMoveJson, historyMoveJson, newestFirst } from "../pointer-json";

/** What `swap history --json` prints; the newest move first. */
export interface HistoryJson {
  alias: string;
  version: number;
  /** Versions that were rolled back, and versions whose table may be deleted, ascending. */
  barred: number[];
  retired: number[];
  /** Where a set was too long for the row: every version below counts too, but for the exceptions. */
  barredFloor?: VersionFloor;
  retiredFloor?: VersionFloor;
  moves: HistoryMoveJson[];
}

const historyColumns: Column<HistoryEntry>[] = [
  { heading: "AT", omit: 1, cell: ({ at }) => formatActivationTime(at) },
  {
    heading: "AGE",
    right: true,
    terminalOnly: true,
    cell: ({ at }) => formatAge(at, Date.now()),
  },
  { heading: "VERSION", right: true, cell: ({ version }) => String(version) },
  {
    heading: "KIND",
    cell: ({ kind }) => kind,
    tone: ({ kind }) => (kind === "rollback" || kind === "foreign" ? "warning" : undefined),
  },
  {
    heading: "BY",
    omit: 2,
    wrap: true,
    cell: ({ by, kind }) => by ?? (kind === "foreign" ? "(another writer)" : "-"),
  },
  { heading: "WHY", wrap: true, cell: ({ why }) => why ?? "-" },
];

/** `swap history ALIAS` */
export default class History extends SwapCommand {
  static override summary = "Show the moves of an alias's pointer, the newest first.";
  static override description =
    "The row keeps as many of its last moves as fit in one read unit (4 KB), at least ten, and shortens the notes of the oldest. A writer that keeps no history (kind foreign) is seen by what it left: its version and time, without who and why.";
  static override examples = [
    {
      description: "Who moved the pointer, when and why",
      command: "<%= config.bin %> history orders --control-table prod_swap",
    },
    {
      description: "The time of the last rollback",
      command:
        "<%= config.bin %> history orders --json | jq -r 'first(.moves[]|select(.kind==\"rollback\")).at'",
    },
  ];
  static override args = { alias: aliasArg };
  static override flags = connectionFlags;

  async run(): Promise<HistoryJson> {
    const { args, flags } = await this.parse(History);
    const alias = this.aliasOf(args.alias);
    const { getActive } = require("../../pointer") as typeof import("../../pointer");
    const row = await getActive(this.open(flags), alias);
    const moves = newestFirst(row);
    this.print(moves, historyColumns);
    this.noteRefused("barred", row.barred, row.barredFloor);
    this.noteRefused("retired", row.retired, row.retiredFloor);
    return {
      alias,
      version: row.version,
      barred: row.barred,
      retired: row.retired,
      ...defined({ barredFloor: row.barredFloor, retiredFloor: row.retiredFloor }),
      moves: moves.map(historyMoveJson),
    };
  }

  private noteRefused(what: string, versions: readonly number[], floor?: VersionFloor): void {
    const except = floor && floor.except.length > 0 ? ` but ${floor.except.join(", ")}` : "";
    const all = [...(floor ? [`all below ${floor.below}${except}`] : []), ...versions];
    if (all.length > 0) this.note(`${what}: ${all.join(", ")}`);
  }
}
