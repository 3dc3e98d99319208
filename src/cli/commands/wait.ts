import { string as stringFlag } from "@oclif/core/flags";
import type { Phase, StartedFacts } from "../../migration";
import { type ControlTableRef, isBarred, isRetired, type PointerRow } from "../../pointer";
import { formatValue, parseDuration } from "../../validation";
import { SwapCommand } from "../command";
import { CliError } from "../failure";
import { aliasArg, connectionFlags, parseVersionFlag } from "../flags";
import { type PointerJson, pointerJson } from "../pointer-json";
import { isTransient, parseInterval, pause, TransientFailures, withTimeLimit } from "../poll";
import { usageError } from "../usage";

/** Time-out of the last read, at the deadline, in milliseconds. */
const LAST_READ_TIMEOUT_MS = 1_000;

/** What a wait ends with. */
interface Goal {
  version: number;
  /** As in "waiting for …" and "not at …". */
  text: string;
  isMet(row: PointerRow, source: ControlTableRef): boolean | Promise<boolean>;
}

const PHASES: Record<Phase, true> = {
  copying: true,
  copied: true,
  "catching up": true,
  ready: true,
  switched: true,
  complete: true,
  "rolled back": true,
  paused: true,
  cancelled: true,
  failed: true,
};

/** `swap wait ALIAS --version N` */
export default class Wait extends SwapCommand {
  static override summary = "Wait until an alias's active version is the one that you name.";
  static override description =
    "Ends with exit code 0 and the active version on standard output once it is greater than or equal to --version, exactly --exactly, or the version that a rollback from --rolled-back-from went to, or once the migration to version --to is in the phase --phase; or with exit code 9 when the time is up. A rollback counts while its bar stands and no greater version is active. The active version is meanwhile printed on standard error. A failure that may pass is waited out; a malformed row, a missing control table or a refusal ends the wait at once.";
  static override examples = [
    {
      description: "Hold a deployment until version 4 is live",
      command: "<%= config.bin %> wait orders --version 4 --timeout 5m --control-table prod_swap",
    },
    {
      description: "Wait for a rollback from version 4",
      command: "<%= config.bin %> wait orders --rolled-back-from 4 --timeout 15m",
    },
    {
      description: "Wait until the migration to version 4 may be cut over",
      command: "<%= config.bin %> wait orders --phase ready --to 4 --timeout 2h",
    },
    {
      description: "Ask once, without waiting",
      command: "<%= config.bin %> wait orders --version 4 --timeout 0s",
    },
  ];
  static override args = { alias: aliasArg };
  static override flags = {
    ...connectionFlags,
    version: stringFlag({ summary: "least version to wait for", helpValue: "N" }),
    exactly: stringFlag({ summary: "the only version to wait for", helpValue: "N" }),
    "rolled-back-from": stringFlag({
      summary: "version that a rollback has to leave",
      helpValue: "N",
    }),
    phase: stringFlag({
      summary: "phase of the migration to --to to wait for, as swap status shows it",
      helpValue: "NAME",
    }),
    to: stringFlag({ summary: "version that the migration of --phase fills", helpValue: "N" }),
    timeout: stringFlag({
      summary: "longest wait, such as 90s, 5m or 1h",
      default: "5m",
      helpValue: "DURATION",
    }),
    interval: stringFlag({
      char: "i",
      summary: "pause between two looks, such as 500ms or 2s",
      default: "2s",
      helpValue: "DURATION",
    }),
  };

  async run(): Promise<PointerJson> {
    const { args, flags } = await this.parse(Wait);
    const alias = this.aliasOf(args.alias);
    const goal = goalOf(flags);
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
        const read = findActive(source, alias).then(async (found) => ({
          found,
          met: found !== undefined && (await goal.isMet(found, source)),
        }));
        // `--timeout 0s` reads once and waits for the response.
        const seen =
          timeout === 0
            ? await read
            : await withTimeLimit(Math.max(left, LAST_READ_TIMEOUT_MS), read);
        if (seen === "late") break;
        row = seen.found;
        failures.recovered();
        if (row && seen.met) {
          this.log(String(row.version));
          return pointerJson(row);
        }
        const live = describeActiveVersion(alias, row, goal.version);
        if (live !== reported && timeout > 0)
          this.note(`${live}; waiting up to ${flags.timeout} for ${goal.text}`);
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
      `${reported ?? `alias "${alias}" could not be read`}, not at ${goal.text} within ${flags.timeout}`,
      reported === undefined
        ? `see swap get ${alias} for what is wrong, or wait longer with --timeout`
        : `see swap history ${alias} for its last moves, or wait longer with --timeout`,
      {
        alias,
        wanted: goal.version,
        goal: goal.text,
        active: row?.version ?? null,
        timeout: flags.timeout,
      },
    );
  }
}

function goalOf(flags: {
  version?: string | undefined;
  exactly?: string | undefined;
  "rolled-back-from"?: string | undefined;
  phase?: string | undefined;
  to?: string | undefined;
}): Goal {
  const goals = {
    version: flags.version,
    exactly: flags.exactly,
    "rolled-back-from": flags["rolled-back-from"],
    phase: flags.phase,
  };
  const [[name, text] = [], other] = Object.entries(goals).filter(([, each]) => each !== undefined);
  if (text === undefined || other !== undefined)
    throw usageError(
      "flag --version, --exactly, --rolled-back-from or --phase",
      other === undefined ? "(none)" : `--${name} and --${other[0]}`,
      "swap wait needs one of them",
      "see swap wait --help for its flags",
    );
  if (name === "phase") return phaseGoal(text, flags.to);
  if (flags.to !== undefined)
    throw usageError("flag --to", formatValue(flags.to), "it goes with --phase", "leave it out");
  const version = parseVersionFlag(text);
  if (name === "version")
    return { version, text: `${version} or greater`, isMet: (row) => row.version >= version };
  if (name === "exactly")
    return { version, text: `exactly ${version}`, isMet: (row) => row.version === version };
  return {
    version,
    text: `a smaller version than ${version}, by a rollback`,
    isMet: (row) => row.version < version && isBarred(row, version),
  };
}

function phaseGoal(phase: string, to: string | undefined): Goal {
  if (!Object.hasOwn(PHASES, phase))
    throw usageError(
      "flag --phase",
      formatValue(phase),
      "there is no such phase",
      `name one of: ${Object.keys(PHASES).join(", ")}`,
    );
  if (to === undefined)
    throw usageError("flag --to", "(none)", "--phase needs it", "name the version that is filled");
  const version = parseVersionFlag(to);
  return {
    version,
    text: `phase ${phase} of the migration to version ${to}`,
    async isMet(row, { client }) {
      const { MigrationStore, phaseOf, readFacts, readTableIds } =
        require("../../migration") as typeof import("../../migration");
      const { tableOf } = require("../../pointer/names") as typeof import("../../pointer/names");
      const { alias } = row;
      const facts = await readFacts(new MigrationStore({ client }, alias, version), version);
      if (facts.started === undefined) return false;
      const tables = await readTableIds(client, {
        source: tableOf(alias, facts.started.from, row),
        target: tableOf(alias, version, row),
      });
      return phaseOf(facts as StartedFacts, row, tables, Date.now()) === phase;
    },
  };
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
