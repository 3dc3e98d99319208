import type { TableDescription } from "@aws-sdk/client-dynamodb";
import { tableName } from "../../pointer/names";
import type { VersionStatus } from "../../retention";
import { SwapCommand } from "../command";
import { aliasArg, connectionFlags } from "../flags";
import { mapParallel } from "../parallel";
import { type ShownVersion, versionColumns } from "../version-columns";

/** What `swap versions --json` prints. */
export interface VersionsJson {
  alias: string;
  /** The active version; null when the alias has no row and version 1 is implied. */
  active: number | null;
  versions: ShownVersion[];
  /** How old `items` and `bytes` may be: DynamoDB counts about every six hours. */
  figuresMayLagHours: number;
}

/** `swap versions ALIAS` */
export default class Versions extends SwapCommand {
  static override summary = "Show every table of an alias, with its state, size and role.";
  static override description =
    `Finds the tables named <alias>_v<N> and shows what each is to the alias:

active    takes the traffic
previous  was active before it
retiring  was active earlier, or may have been until a short while ago
ahead     waits for its cut-over
orphan    is behind the pointer, and nothing says that it ever was active

In addition, barred: it was rolled back from; retired: the deletion of its table was permitted. Neither
can be made active by pulumi up. In JSON, refused is the code of the error that pulumi up would end in.

Items and size are DynamoDB's own figures, which it brings up to date about every six hours.`;
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
  static override flags = connectionFlags;

  async run(): Promise<VersionsJson> {
    const { args, flags } = await this.parse(Versions);
    const alias = this.aliasOf(args.alias);
    const source = this.open(flags);
    const { findActive } = require("../../pointer") as typeof import("../../pointer");
    const { versionStatus } = require("../../retention") as typeof import("../../retention");
    const { describe } = require("../../aws") as typeof import("../../aws");
    const { findVersionTables } =
      require("../../pointer/version-tables") as typeof import("../../pointer/version-tables");
    const [row, found] = await Promise.all([
      findActive(source, alias),
      findVersionTables(source.client, alias),
    ]);
    const active = row?.version ?? 1;
    if (!found.some(({ version }) => version === active))
      found.push({ version: active, table: tableName(alias, active) });
    found.sort((a, b) => b.version - a.version);

    const versions = await mapParallel(found, async ({ version, table }) =>
      shown(
        version,
        table,
        versionStatus(alias, row, version),
        await describe(source.client, table),
      ),
    );
    if (row === undefined) this.note(`alias "${alias}" has no row; version 1 is implied`);
    this.print(versions, versionColumns);
    this.note("items and size are DynamoDB's own figures, up to about six hours old");
    return { alias, active: row?.version ?? null, versions, figuresMayLagHours: 6 };
  }
}

function shown(
  version: number,
  table: string,
  { role, barred, retired, refused }: VersionStatus,
  description: TableDescription | undefined,
): ShownVersion {
  return {
    version,
    table,
    role,
    barred,
    retired,
    refused: refused ?? null,
    state: description === undefined ? "MISSING" : (description.TableStatus ?? "UNKNOWN"),
    items: description?.ItemCount ?? null,
    bytes: description?.TableSizeBytes ?? null,
    created: description?.CreationDateTime?.toISOString() ?? null,
  };
}
