import { string as stringFlag } from "@oclif/core/flags";
import { SwapError } from "../../errors";
import { isBarred, isRetired, type PointerRow } from "../../pointer";
import { versionRule } from "../../pointer/names";
import { formatValue, parseDuration } from "../../validation";
import { SwapCommand } from "../command";
import { CliError } from "../failure";
import { aliasArg, connectionFlags } from "../flags";
import { type PointerJson, pointerJson } from "../pointer-json";
import { isTransient, parseInterval, pause, TransientFailures, withTimeLimit } from "../poll";

/** Time-out of the last read, at the deadline, in milliseconds. */
const LAST_READ_TIMEOUT_MS = 1_000;

/** `swap wait ALIAS --version N` */
export default class Wait extends SwapCommand {
  static override summary = "Wait until an alias's active version is at least a given one.";
  static override description =
    "Ends with exit code 0 and the active version on standard output once it is greater than or equal to --version, or with exit code 9 when the time is up. The active version is meanwhile printed on standard error. A failure that may pass is waited out; a malformed row, a missing control table or a refusal ends the wait at once.";
  static override examples = [
    {
      description: "Hold a deployment until version 4 is live",
      command: "<%= config.bin %> wait orders --version 4 --timeout 5m --control-table prod_swap",
    },
    {
      description: "Ask once, without waiting",
      command: "<%= config.bin %> wait orders --version 4 --timeout 0s",
    },
  ];
  static override args = { alias: aliasArg };
  static override flags = {
    ...connectionFlags,
    version: stringFlag({ summary: "version to wait for", helpValue: "N", required: true }),
    timeout: stringFlag({
      summary: "longest wait, such as 90s, 5m or 1h",
      default: "5m",
      helpValue: "DURATION",
    }),
    interval: stringFlag({
      summary: "pause between two looks, such as 500ms or 2s",
      default: "2s",
      helpValue: "DURATION",
    }),
  };

  async run(): Promise<PointerJson> {
    const { args, flags } = await this.parse(Wait);
    const alias = this.aliasOf(args.alias);
    const wanted = parseVersionFlag(flags.version);
    const timeout = parseDuration(flags.timeout, "flag --timeout");
    const interval = parseInterval(flags.interval);
    const source = this.open(flags);
    const { findActive } = require("../../pointer") as typeof import("../../pointer");

    // Use a monotonic clock: setting the wall clock must not move the deadline.
    const deadline = performance.now() + timeout;
    const failures = new TransientFailures((text) => this.note(text));
    let reported: string | undefined;
    let row: PointerRow | undefined;
    for (let left = timeout; ; left = deadline - performance.now()) {
      try {
        const read = findActive(source, alias);
        // `--timeout 0s` reads once and waits for the response.
        const seen =
          timeout === 0
            ? await read
            : await withTimeLimit(Math.max(left, LAST_READ_TIMEOUT_MS), read);
        if (seen === "late") break;
        row = seen;
        failures.recovered();
        if (row && row.version >= wanted) {
          this.log(String(row.version));
          return pointerJson(row);
        }
        const live = describeActiveVersion(alias, row, wanted);
        if (live !== reported && timeout > 0)
          this.note(`${live}; waiting up to ${flags.timeout} for ${wanted} or greater`);
        if (reported === undefined && row === undefined && timeout > 0)
          await this.noteAbsent(source, alias);
        reported = live;
      } catch (error) {
        if (!isTransient(error, reported !== undefined)) throw error;
        failures.failed(error);
      }
      const rest = deadline - performance.now();
      if (rest <= 0) break;
      await pause(Math.min(interval, rest));
    }
    throw new CliError(
      "swap.wait-timed-out",
      `${reported ?? `alias "${alias}" could not be read`}, not at ${wanted} or greater within ${flags.timeout}`,
      reported === undefined
        ? `see swap get ${alias} for what is wrong, or wait longer with --timeout`
        : `see swap history ${alias} for its last moves, or wait longer with --timeout`,
      { alias, wanted, active: row?.version ?? null, timeout: flags.timeout },
    );
  }
}

function describeActiveVersion(alias: string, row: PointerRow | undefined, wanted: number): string {
  if (row === undefined) return `alias "${alias}" has no active version`;
  const refused = isBarred(row, wanted)
    ? ` (${wanted} is barred)`
    : isRetired(row, wanted)
      ? ` (${wanted} is retired)`
      : "";
  return `alias "${alias}" is at version ${row.version}${refused}`;
}

/**
 * Parses a version flag.
 *
 * @throws SwapError `swap.version-out-of-range`
 */
export function parseVersionFlag(text: string): number {
  const version = /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  const rule = Number.isNaN(version) ? "want a whole number" : versionRule(version);
  if (rule !== undefined)
    throw new SwapError("swap.version-out-of-range", {
      value: formatValue(text),
      rule,
      source: "input",
    });
  return version;
}
