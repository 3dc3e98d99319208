import type { TableDescription } from "@aws-sdk/client-dynamodb";
import { boolean, string as stringFlag } from "@oclif/core/flags";
import type { ControlTableRef } from "../../pointer";
import { tableOf } from "../../pointer/names";
import type { VersionRole, VersionStatus } from "../../retention";
import type { Column } from "../columns";
import { SwapCommand } from "../command";
import { aliasArg, connectionFlags } from "../flags";
import { formatAge, formatBytes, formatCount, formatItems } from "../format";
import { unknownAlias } from "../nearest-alias";
import { mapParallel } from "../parallel";
import { roleColumn, stateColumn } from "../version-columns";

/** What `swap versions --json` prints. */
export interface VersionsJson {
  alias: string;
  /** The active version; null if the alias has no row, so that it resolves to version 1. */
  active: number | null;
  versions: VersionJson[];
  /** Maximum age of `items` and `bytes` in hours: DynamoDB updates them about every six hours. */
  figuresMayLagHours: number;
  /** What `--count` has taken; null without it. */
  readUnits: number | null;
}

/** `swap versions ALIAS` */
export default class Versions extends SwapCommand {
  static override summary = "Show every table of an alias, with its state, size and role.";
  static override description =
    `Finds the tables named <alias>_v<N>, and those that the row names, and shows what each is to the alias:

active    takes the traffic
previous  was active before it
retiring  was active earlier, or may have been until a short while ago
ahead     waits for its cut-over
orphan    is behind the pointer, and nothing says that it ever was active

In addition, barred: it was rolled back from; retired: the deletion of its table was permitted. Neither can be made active by pulumi up. In JSON, refused is the code of the error that pulumi up would end in.

Items and size are DynamoDB's own figures, which it brings up to date about every six hours. Where it says 0, not counted is shown: there may be items since. --count counts them, and needs Scan on the tables; swap status shows what a migration has copied.`;
  static override examples = [
    {
      description: "Show the versions of an alias",
      command: "<%= config.bin %> versions orders --control-table prod_swap",
    },
    {
      description: "Name the tables that nothing points to",
      command:
        "<%= config.bin %> versions orders --json | jq -r '.versions[]|select(.role==\"orphan\").table'",
    },
  ];
  static override args = { alias: aliasArg };
  static override flags = {
    ...connectionFlags,
    count: boolean({
      summary: "count the items with scans: half a read unit for each 4 KB of every table",
    }),
    "read-units": stringFlag({
      summary: "most read units a second of --count",
      default: "500",
      helpValue: "N",
    }),
  };

  async run(): Promise<VersionsJson> {
    const { args, flags } = await this.parse(Versions);
    const alias = this.aliasOf(args.alias);
    const source = this.open(flags);
    const { findActive } = require("../../pointer") as typeof import("../../pointer");
    const { versionStatus } = require("../../retention") as typeof import("../../retention");
    const { describeTable } = require("../../aws") as typeof import("../../aws");
    const { findVersionTables } =
      require("../../pointer/version-tables") as typeof import("../../pointer/version-tables");
    const row = await findActive(source, alias);
    const found = await findVersionTables(source.client, alias, row);
    if (row === undefined && found.length === 0) throw unknownAlias(source, alias);
    const active = row?.version ?? 1;
    if (!found.some(({ version }) => version === active))
      found.push({ version: active, table: tableOf(alias, active, row) });
    found.sort((a, b) => b.version - a.version);

    const versions = await mapParallel(found, async ({ version, table }) =>
      toVersionJson(
        version,
        table,
        versionStatus(alias, row, version),
        await describeTable(source.client, table),
      ),
    );
    const readUnits = flags.count ? await this.count(source, versions, flags["read-units"]) : null;
    if (row === undefined) this.note(`alias "${alias}" has no row; version 1 is implied`);
    this.print(versions, versionColumns);
    this.note(
      readUnits === null
        ? `items and size are DynamoDB's own figures, up to about six hours old; --count counts, and swap status ${alias} shows what a migration has copied`
        : `counted with ${formatCount(readUnits)} read units; the size is DynamoDB's own, up to about six hours old`,
    );
    return { alias, active: row?.version ?? null, versions, figuresMayLagHours: 6, readUnits };
  }

  /** Counts the tables' items, one table after the other, and returns the read units. */
  private async count(
    { client }: ControlTableRef,
    versions: VersionJson[],
    rate: string,
  ): Promise<number> {
    const { parseCountFlag } = require("../migrate/command") as typeof import("../migrate/command");
    const { countTable, RateLimit } =
      require("../../migration") as typeof import("../../migration");
    const limit = new RateLimit(parseCountFlag("read-units", rate, 1_000_000));
    let units = 0;
    for (const each of versions.filter(({ state }) => ["ACTIVE", "UPDATING"].includes(state))) {
      const { items, readUnits } = await countTable({ client, table: each.table }, limit);
      each.counted = items;
      units += readUnits;
    }
    return units;
  }
}

function toVersionJson(
  version: number,
  table: string,
  { role, barred, retired, refused }: VersionStatus,
  description: TableDescription | undefined,
): VersionJson {
  return {
    version,
    table,
    role,
    barred,
    retired,
    refused: refused ?? null,
    state: description === undefined ? "MISSING" : (description.TableStatus ?? "UNKNOWN"),
    items: description?.ItemCount ?? null,
    counted: null,
    bytes: description?.TableSizeBytes ?? null,
    created: description?.CreationDateTime?.toISOString() ?? null,
  };
}

/** One version of an alias as `swap versions` prints it. */
export interface VersionJson {
  version: number;
  table: string;
  role: VersionRole;
  /** Rolled back from: our setters refuse it. */
  barred: boolean;
  /** The deletion of its table was permitted: our setters refuse it. */
  retired: boolean;
  /** The error code that activating this version would fail with; null if it would be accepted. */
  refused: string | null;
  /** DynamoDB's TableStatus, or MISSING when the pointer names a table that does not exist. */
  state: string;
  items: number | null;
  /** Items as `--count` has counted them; null without it, or without a table. */
  counted: number | null;
  bytes: number | null;
  created: string | null;
}

/** The columns of `swap versions`. */
export const versionColumns: Column<VersionJson>[] = [
  { heading: "VERSION", right: true, cell: ({ version }) => String(version) },
  { heading: "TABLE", omit: 3, cell: ({ table }) => table },
  roleColumn,
  stateColumn,
  {
    heading: "ITEMS",
    right: true,
    cell: ({ items, counted }) => (counted === null ? formatItems(items) : formatCount(counted)),
  },
  {
    heading: "SIZE",
    omit: 2,
    right: true,
    cell: ({ bytes }) => (bytes ? formatBytes(bytes) : "-"),
  },
  { heading: "CREATED", omit: 1, cell: ({ created }) => created ?? "-" },
  {
    heading: "AGE",
    right: true,
    terminalOnly: true,
    cell: ({ created }) =>
      formatAge(created === null ? undefined : Date.parse(created), Date.now()),
  },
];
