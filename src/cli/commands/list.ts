import { isBarred, isRetired, type ListedAlias } from "../../pointer";
import type { Column } from "../columns";
import { SwapCommand } from "../command";
import { EXIT } from "../exit-codes";
import { failureOf } from "../failure";
import { connectionFlags } from "../flags";
import { formatActivationTime, formatAge } from "../format";
import { type PointerJson, pointerJson, tableOrNull } from "../pointer-json";
import { type FailureJson, failureJson } from "../report";

/** What `swap list --json` prints. */
export interface ListJson {
  controlTable: string;
  aliases: ((PointerJson & { table: string | null }) | ({ alias: string } & FailureJson))[];
}

/** `swap list` */
export default class List extends SwapCommand {
  static override summary = "List every alias with its active version and table.";
  static override description =
    "Scans the control table, all pages, consistently. A malformed row is listed with its error, and the exit code is then 5.";
  static override examples = [
    {
      description: "List the aliases of a control table",
      command: "<%= config.bin %> list --control-table prod_swap",
    },
    {
      description: "Aliases that a writer outside pulumi-swap moved last",
      command:
        "<%= config.bin %> list --json | jq -r '.aliases[]|select(.kind==\"foreign\").alias'",
    },
  ];
  static override flags = connectionFlags;

  async run(): Promise<ListJson> {
    const { flags } = await this.parse(List);
    const source = this.open(flags);
    const { readAliases } = require("../alias-state") as typeof import("../alias-state");
    const listed = await readAliases(source, (rows) => this.progress(`${rows} rows read`));

    const malformed = listed.filter(({ error }) => error !== undefined).length;
    if (malformed > 0) process.exitCode = EXIT.malformedRow;
    if (listed.length === 0) this.note(`control table "${source.controlTable}" has no rows`);
    else if (this.print(listed, listColumns(malformed > 0)).includes(errorColumn.heading))
      for (const { error } of listed) if (error) this.note(error.message);
    if (malformed > 0)
      this.note(
        `${malformed} of ${listed.length} rows can't be read; repair or delete them, they are never read as version 0`,
      );
    return { controlTable: source.controlTable, aliases: listed.map(listedAliasJson) };
  }
}

function listedAliasJson({ alias, row, error }: ListedAlias): ListJson["aliases"][number] {
  if (error) return { alias, ...failureJson(failureOf(error)) };
  return { ...pointerJson(row), table: tableOrNull(alias, row.version, row) };
}

const aliasColumns: Column<ListedAlias>[] = [
  { heading: "ALIAS", cell: ({ alias }) => alias },
  {
    heading: "VERSION",
    right: true,
    cell: ({ row }) => (row ? String(row.version) : "?"),
    tone: ({ row }) =>
      !row || isBarred(row, row.version) || isRetired(row, row.version) ? "bad" : "good",
  },
  {
    heading: "TABLE",
    omit: 3,
    cell: ({ row }) => (row && tableOrNull(row.alias, row.version, row)) ?? "-",
  },
  {
    heading: "SINCE",
    omit: 1,
    cell: ({ row }) => (row ? formatActivationTime(row.activatedAt) : "-"),
  },
  {
    heading: "AGE",
    right: true,
    terminalOnly: true,
    cell: ({ row }) => formatAge(row?.activatedAt, Date.now()),
  },
  {
    heading: "BY",
    omit: 2,
    wrap: true,
    cell: ({ row }) => (row?.foreign ? "(another writer)" : (row?.by ?? "-")),
  },
];

const errorColumn: Column<ListedAlias> = {
  heading: "ERROR",
  omit: 4,
  wrap: true,
  cell: ({ error }) => error?.message ?? "",
  tone: () => "bad",
};

/** The columns of `swap list`. */
export function listColumns(withErrors: boolean): Column<ListedAlias>[] {
  return withErrors ? [...aliasColumns, errorColumn] : aliasColumns;
}
