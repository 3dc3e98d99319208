import { string as stringArg } from "@oclif/core/args";
import { formatValue } from "../../../validation";
import { formatCount } from "../../format";
import { ControlCommand, type ControlJson, controlArgs, controlFlags } from "../../migrate/control";
import { usageError } from "../../usage";

const MAX_RATE = 1_000_000;

/** `swap migrate throttle ALIAS VERSION RATE` */
export default class MigrateThrottle extends ControlCommand {
  static override summary = "Limit how many items a second a copy writes.";
  static override description =
    "The limit is for all workers of the copy together, and each takes its equal part. Workers look every 2 s, so it can be changed while they run; off removes it. A replay is not limited. It writes only to the control row in <alias>_migration.";
  static override examples = [
    {
      description: "Copy at most 500 items a second to version 4",
      command: "<%= config.bin %> migrate throttle orders 4 500",
    },
    {
      description: "Remove the limit",
      command: "<%= config.bin %> migrate throttle orders 4 off",
    },
  ];
  static override args = {
    ...controlArgs,
    rate: stringArg({ description: "items a second, or off", required: true, ignoreStdin: true }),
  };
  static override flags = controlFlags;

  async run(): Promise<ControlJson> {
    const { args, flags } = await this.parse(MigrateThrottle);
    const perSecond = parseRate(args.rate);
    const run = await this.controlledRun(args, flags);
    const { before, changed, json } = await run.change({ kind: "throttle", perSecond });
    const now = rateText(perSecond);
    this.sayOf(
      run,
      changed ? `${now}; before: ${rateText(before.rate?.perSecond)}` : `already ${now}`,
    );
    if (changed && before.rate)
      this.note(`the limit before was set by ${this.textOf(before.rate)}`);
    return { event: "throttled", ...json };
  }
}

const rateText = (perSecond: number | undefined): string =>
  perSecond === undefined ? "no limit" : `at most ${formatCount(perSecond)} items a second`;

function parseRate(text: string): number | undefined {
  if (text === "off") return undefined;
  const rate = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (rate >= 1 && rate <= MAX_RATE) return rate;
  throw usageError(
    "argument RATE",
    formatValue(text),
    `want a whole number from 1 to ${formatCount(MAX_RATE)}, or off`,
    "pass a number such as 500; swap migrate pause stops the copy",
  );
}
