import { string as stringArg } from "@oclif/core/args";
import { boolean, option as optionFlag, string as stringFlag } from "@oclif/core/flags";
import { applyStyle, hasColour, type Style } from "../colour";
import { fitLine } from "../columns";
import { SwapCommand } from "../command";
import { compareSeverity, type Finding, type Severity, severities } from "../doctor/finding";
import { type FindingGroup, groupFindings, LONG_LIST } from "../doctor/finding-groups";
import { graceTermsOf, uncheckedGrace } from "../doctor/grace";
import { EXIT } from "../exit-codes";
import { connectionFlags } from "../flags";
import { escapeControlCharacters } from "../format";

/** What `swap doctor --json` prints. */
export interface DoctorJson {
  controlTable: string;
  /** How many aliases were examined. */
  aliases: number;
  /** The grace period that tables were checked against; null if not checked. */
  grace: string | null;
  /** Least severity of the findings that are shown. */
  severity: Severity;
  /** The readers' refresh that the grace period was compared with; null if not checked. */
  readersRefresh: string | null;
  findings: Finding[];
}

const tones: Record<Severity, Style> = { error: "bad", warning: "warning", info: "faint" };

/** `swap doctor [ALIAS]` */
export default class Doctor extends SwapCommand {
  static override summary = "Look for what could hurt: the control table, pointers and tables.";
  static override description =
    "Checks that each pointer names a table that exists and is ACTIVE, that rows can be read and that no table is left over. Checks that the control table and the active tables have deletion protection and point-in-time recovery, and that the control table is no last-writer-wins global table. The grace period and the readers' refresh are in no table: pass --grace and --readers-refresh, as the stack's retention has them. Then the two are compared, each version that was left shows when it may go, and a table that was dropped inside its grace period is found. Each finding names its fix. Exit code 8 when an error or a warning is found; only information: 0. --severity error shows errors alone, and only they make the exit code 8. Of more than 20 findings, those with the same fix are one, with how many there are and the first tables; --each prints them all, as --json does. An alias that has neither a row nor a table is an error: exit code 3. Point-in-time recovery needs dynamodb:DescribeContinuousBackups; without that permission it is reported as not checked.";
  static override examples = [
    {
      description: "Examine every alias of a control table",
      command: "<%= config.bin %> doctor --control-table prod_swap",
    },
    {
      description: "Examine one alias before a cut-over",
      command: "<%= config.bin %> doctor orders",
    },
    {
      description: "Check the grace period too, and see when each old version may go",
      command: "<%= config.bin %> doctor orders --grace 24h --readers-refresh 1m",
    },
    {
      description: "Fail a pipeline on errors alone",
      command: "<%= config.bin %> doctor --severity error",
    },
  ];
  static override args = {
    alias: stringArg({
      description: "alias to examine; default: SWAP_ALIAS, else every alias",
      ignoreStdin: true,
    }),
  };
  static override flags = {
    ...connectionFlags,
    all: boolean({ summary: "examine every alias, even when SWAP_ALIAS is set" }),
    each: boolean({ summary: "print each finding, also where many have the same fix" }),
    grace: stringFlag({
      summary: "how long a version that was left keeps its table, such as 24h; else not checked",
      helpValue: "DURATION",
    }),
    severity: optionFlag({
      summary: "least severity of the findings to show, which also decides the exit code",
      options: severities,
      default: "info",
    })(),
    "readers-refresh": stringFlag({
      summary: "longest that a reader may use an older pointer, such as 1m; else not checked",
      helpValue: "DURATION",
    }),
  };

  async run(): Promise<DoctorJson> {
    const { args, flags } = await this.parse(Doctor);
    const named = args.alias === undefined ? [] : [args.alias];
    const alias = this.aliasesOf(named, flags.all)?.[0];
    const terms = graceTermsOf(flags);
    const source = this.open(flags);
    const { examine } = require("../doctor/examine") as typeof import("../doctor/examine");
    const { aliases, findings: all } = await examine(source, alias, terms, (text) =>
      this.progress(text),
    );
    const findings = all.filter(({ severity }) => compareSeverity(severity, flags.severity) <= 0);
    if (findings.some(({ severity }) => severity !== "info")) process.exitCode = EXIT.doctorFound;
    const groups = groupFindings(findings, flags.each);
    for (const group of groups) this.log(formatGroup(group));
    for (const line of formatSummary(aliases, findings, groups.length > LONG_LIST)) this.say(line);
    if (findings.length < all.length)
      this.note(`${all.length - findings.length} of lesser severity are not shown`);
    if (groups.length < findings.length)
      this.note("those with the same fix are grouped; --each shows each of them");
    const unchecked = uncheckedGrace(terms);
    if (unchecked !== undefined) this.note(unchecked);
    return {
      controlTable: source.controlTable,
      aliases,
      grace: terms?.grace.text ?? null,
      severity: flags.severity,
      readersRefresh: terms?.readersRefresh?.text ?? null,
      findings,
    };
  }
}

function formatFinding({ severity, code, message, fix }: Finding): string {
  const head = applyStyle(severity.padEnd(7), tones[severity], hasColour(process.stdout));
  return `${head}  ${lineOf(`${message} [${code}]`)}\n${" ".repeat(INDENT)}${lineOf(`fix: ${fix}`)}`;
}

/** Width of a severity and the gap after it. */
const INDENT = 9;
const lineOf = (text: string) => fitLine(escapeControlCharacters(text), process.stdout, INDENT);

/** Tables of a group that are named. */
const NAMED = 8;

function formatGroup({ first, others }: FindingGroup): string {
  if (others.length === 0) return formatFinding(first);
  const more = others.length - NAMED;
  const names = others.slice(0, NAMED).join(", ");
  const text = `the same of ${others.length} more: ${names}${more > 0 ? `, and ${more} others` : ""}`;
  return `${formatFinding(first)}\n${" ".repeat(INDENT)}${lineOf(text)}`;
}

function formatSummary(aliases: number, findings: readonly Finding[], byCodes: boolean): string[] {
  const count = (severity: Severity, one: string, many: string) => {
    const found = findings.filter((each) => each.severity === severity).length;
    return `${found} ${found === 1 ? one : many}`;
  };
  const examined = `${aliases} ${aliases === 1 ? "alias" : "aliases"} examined`;
  const total = `${examined}: ${count("error", "error", "errors")}, ${count("warning", "warning", "warnings")}, ${count("info", "remark", "remarks")}`;
  if (!byCodes) return [total];
  const byCode = new Map<string, number>();
  for (const { severity, code } of findings) {
    const kind = `${severity.padEnd(7)}  ${code}`;
    byCode.set(kind, (byCode.get(kind) ?? 0) + 1);
  }
  return [...[...byCode].map(([kind, many]) => `${kind}: ${many}`), total];
}
