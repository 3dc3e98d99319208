import { string as stringFlag } from "@oclif/core/flags";
import { formatValue } from "../../validation";
import { dashboardArgs, dashboardFlags, PageCommand } from "../dashboard/command";
import { parseInterval } from "../poll";
import { usageError } from "../usage";

/** Shortest token, in characters: one that nobody guesses. */
const MIN_TOKEN = 16;

/** `swap dashboard [ALIAS...]` */
export default class DashboardCommand extends PageCommand {
  static override summary = "Serve a live, read-only page of aliases, versions and migrations.";
  static override description =
    "For each alias: its versions over time with every move, who and why; migrations with their progress, lag and parked keys; what stands between a version and its cut-over; what doctor finds. Prints the address and serves until it is interrupted (exit code 130). Listens on this machine only; another --host needs a token, which the address must have as ?token=TOKEN. Only reads, and only while a page is open: a look reads each row, and the tables and migrations of up to 20 aliases; doctor looks once a minute. Without encryption: across a network use a tunnel.";
  static override examples = [
    {
      description: "Watch a cut-over",
      command: "<%= config.bin %> dashboard orders --control-table prod_swap",
    },
    {
      description: "Show two control tables, with the grace period of the stacks",
      command:
        "<%= config.bin %> dashboard --control-table prod_swap --control-table test_swap --grace 24h",
    },
  ];
  static override args = dashboardArgs;
  static override flags = {
    ...dashboardFlags,
    port: stringFlag({ summary: "port; 0 for any free one", default: "4650", helpValue: "N" }),
    host: stringFlag({
      summary: "address to listen on; another than this machine needs --token",
      default: "127.0.0.1",
      helpValue: "HOST",
    }),
    token: stringFlag({
      summary: "secret that each request must have, 16 characters or more",
      env: "SWAP_DASHBOARD_TOKEN",
      helpValue: "TEXT",
    }),
    interval: stringFlag({
      char: "i",
      summary: "pause between two looks, such as 1s or 10s",
      default: "2s",
      helpValue: "DURATION",
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(DashboardCommand);
    const intervalMs = parseInterval(flags.interval);
    const port = parsePort(flags.port);
    const { isLoopback, serveDashboard } =
      require("../dashboard/server") as typeof import("../dashboard/server");
    checkToken(flags.token, flags.host, isLoopback(flags.host));
    const looks = this.looks([args.alias ?? []].flat(), flags, false);
    const { readPage } =
      require("../dashboard/page-file") as typeof import("../dashboard/page-file");
    const { host, token } = flags;
    await looks.first();
    const { url } = await serveDashboard({
      host,
      port,
      token,
      page: readPage(this.config.root),
      intervalMs,
      look: looks.again,
    });
    if (this.jsonEnabled())
      process.stdout.write(`${JSON.stringify({ event: "listening", url })}\n`);
    else this.log(token === undefined ? url : `${url}?token=TOKEN`);
    await new Promise(() => {});
  }
}

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw usageError(
    "flag --port",
    formatValue(text),
    "want a whole number up to 65535",
    "pass one, or 0 for any free port",
  );
}

/** A token is never printed. */
function checkToken(token: string | undefined, host: string, loopback: boolean): void {
  const fix = `pass --token with ${MIN_TOKEN} characters or more, or set SWAP_DASHBOARD_TOKEN`;
  if (token !== undefined && token.length < MIN_TOKEN)
    throw usageError("flag --token", "(secret)", `it has less than ${MIN_TOKEN} characters`, fix);
  if (token === undefined && !loopback)
    throw usageError(
      "flag --host",
      formatValue(host),
      "other machines may reach it, and there is no token",
      fix,
    );
}
