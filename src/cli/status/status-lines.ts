import { spanText } from "../../migration";
import { applyStyle, type Style } from "../colour";
import { type Column, displayWidth, formatColumns, omissionText, wrapWords } from "../columns";
import { escapeControlCharacters, formatAge, formatCount, formatItems } from "../format";
import { roleColumn, stateColumn } from "../version-columns";
import type { AskedJson, MigrationJson, StatusJson, StatusVersionJson } from "./status-json";

/** How lines are printed. */
export interface LineStyle {
  colour: boolean;
  /** Columns of the terminal; undefined for output that is not read on one. */
  width: number | undefined;
}

/** A line with a label. */
interface Fact {
  label: string;
  text: string;
  tone?: Style | undefined;
}

/** Formats a status for people. */
export function statusLines(status: StatusJson, style: LineStyle): string[] {
  const { versions, migrations, observed } = status;
  const columns = migrations.some(({ copy }) => copy !== null)
    ? statusColumns
    : statusColumns.filter(({ heading }) => heading !== "COPIED");
  const times = new Times(Date.parse(observed), style.width !== undefined);
  const { lines, omitted } = formatColumns(versions, columns, style.colour, style.width);
  return [
    ...factLines(pointerFacts(status, times), style),
    "",
    ...lines,
    // With --watch it is replaced with the table.
    ...(omitted.length > 0 ? wrapWords(omissionText(omitted), style.width ?? 0) : []),
    ...migrations.flatMap((each) => [
      "",
      applyStyle(`Migration of version ${each.from} to ${each.to}`, "strong", style.colour),
      ...factLines(migrationFacts(each, times), style),
    ]),
  ];
}

const statusColumns: Column<StatusVersionJson>[] = [
  { heading: "VERSION", right: true, cell: ({ version }) => String(version) },
  { heading: "TABLE", omit: 1, cell: ({ table }) => table },
  roleColumn,
  stateColumn,
  {
    heading: "ITEMS UP TO 6 H AGO",
    right: true,
    cell: ({ items }) => formatItems(items),
  },
  {
    heading: "COPIED",
    right: true,
    cell: ({ copied }) => (copied === null ? "-" : formatCount(copied)),
  },
];

function pointerFacts({ alias, active, since, previous }: StatusJson, times: Times): Fact[] {
  const facts: Fact[] = [
    {
      label: alias,
      text:
        active === null
          ? "no row: version 1 is implied"
          : `version ${active} is active${since === null ? "" : ` since ${times.both(since)}`}`,
    },
  ];
  if (previous !== null)
    facts.push({
      label: "",
      text:
        previous.graceUntil === null
          ? `version ${previous.version} was active before; its grace period is over or unknown`
          : `version ${previous.version} was active before; its grace period ends ${times.ahead(previous.graceUntil)}`,
    });
  return facts;
}

const phaseTones: Partial<Record<NonNullable<MigrationJson["phase"]>, Style>> = {
  ready: "good",
  switched: "good",
  complete: "good",
  paused: "warning",
  cancelled: "warning",
  "rolled back": "warning",
  failed: "bad",
};

function migrationFacts(migration: MigrationJson, times: Times): Fact[] {
  const { phase, engine, copy, parked, replay, verification, deadline, next } = migration;
  const facts: Fact[] = [
    {
      label: "phase",
      text: phase ?? "no copy is recorded",
      tone: phase === null ? undefined : phaseTones[phase],
    },
  ];
  const say = (label: string, text: string, tone?: Style) => facts.push({ label, text, tone });
  const { cancelled, paused, pausedSeconds } = migration;
  if (cancelled) say("cancelled", askedText(cancelled, times), "warning");
  if (paused) say("paused", pausedText(migration, paused, times), "warning");
  else if (pausedSeconds > 0) say("pauses", `${spanText(pausedSeconds * 1_000)} in all, now over`);
  if (migration.rate)
    say(
      "rate",
      `at most ${formatCount(migration.rate.perSecond)} items a second, ${askedText(migration.rate, times)}`,
    );
  if (copy) {
    say("copied", copyText(copy));
    say("segments", `${formatCount(copy.segmentsDone)} of ${formatCount(copy.segments)} done`);
    if (engine === "lambda" && deadline !== null && copy.segmentsDone < copy.segments) {
      const missed = times.isPast(deadline);
      const late = times.lateness(deadline, copy.secondsLeft);
      const started = `${times.ahead(deadline)}, 23 h after the start${paused ? ", paused or not" : ""}`;
      say(
        "deadline",
        missed
          ? `missed ${times.ago(deadline)}`
          : `${started}${late ? `; at this rate the copy ends ${spanText(late)} after it` : ""}`,
        missed || late ? "bad" : undefined,
      );
    }
  }
  say(
    "parked",
    parked.count === 0
      ? "none"
      : `${formatCount(parked.count)} source ${parked.count === 1 ? "key" : "keys"}`,
    parked.count === 0 ? undefined : "warning",
  );
  for (const { key, reason } of parked.first) say("", `${key}: ${reason}`);
  if (parked.count > parked.first.length)
    say("", `and ${formatCount(parked.count - parked.first.length)} more`);
  if (replay) say("replay", replayText(replay, times), replay.failing ? "bad" : undefined);
  const { reverse, wayBack, strays } = migration;
  if (replay) say("way back", wayBackText(migration), wayBack?.failure ? "bad" : undefined);
  if (reverse && wayBack?.proven) {
    const seen = replayText(reverse, times);
    say("reverse", seen, reverse.failing ? "bad" : undefined);
  }
  if (strays.count > 0) {
    const text = `${formatCount(strays.count)} ${strays.count === 1 ? "change" : "changes"} to a version that was not active`;
    say("strays", text, strays.unsettled > 0 ? "bad" : undefined);
    for (const { version, key, deleted, at } of strays.first)
      say("", `version ${version}, ${key}: ${deleted ? "deleted" : "written"} ${times.ago(at)}`);
  }
  say("verification", verificationText(verification, times));
  for (const [index, refusal] of (phase === "ready" ? [] : (migration.refusals ?? [])).entries())
    say(index === 0 ? "not ready" : "", refusal);
  say("next", next);
  return facts;
}

/** Times as people read them: relative to now on a terminal, and as ISO 8601 in a log. */
class Times {
  constructor(
    private readonly now: number,
    private readonly relative: boolean,
  ) {}

  isPast(at: string): boolean {
    return Date.parse(at) <= this.now;
  }

  since(at: string): number {
    return this.now - Date.parse(at);
  }

  /** Milliseconds from a time to the end of what takes so many seconds; undefined if that ends before. */
  lateness(at: string, secondsLeft: number | null): number | undefined {
    const late = this.now + (secondsLeft ?? 0) * 1_000 - Date.parse(at);
    return late > 0 ? late : undefined;
  }

  /** Such as `2 min ago`. */
  ago(at: string): string {
    if (!this.relative) return `on ${at}`;
    const age = formatAge(Date.parse(at), this.now);
    return age === "now" ? age : `${age} ago`;
  }

  /** Such as `2026-11-28T22:40:00.000Z (2 min ago)`; in a log without the second. */
  both(at: string): string {
    return this.relative ? `${at} (${this.ago(at)})` : at;
  }

  /** Such as `in 2 min`. */
  ahead(at: string): string {
    return this.relative ? `in ${spanText(Date.parse(at) - this.now)}` : `on ${at}`;
  }
}

const askedText = ({ by, at, reason }: AskedJson, times: Times): string =>
  `by ${by}${at === "" ? "" : ` ${times.ago(at)}`}${reason === null ? "" : `: ${reason}`}`;

function pausedText(
  { engine, cancelled, pausedSeconds: seconds }: MigrationJson,
  paused: NonNullable<MigrationJson["paused"]>,
  times: Times,
): string {
  const { resumeBy } = paused;
  return [
    askedText(paused, times),
    // Earlier pauses count, too.
    seconds * 1_000 > times.since(paused.at) ? `${spanText(seconds * 1_000)} in all` : undefined,
    resumeBy === null
      ? engine === "lambda" && cancelled === null
        ? "to be resumed soon: by when is not known"
        : undefined
      : times.isPast(resumeBy)
        ? `had to be resumed by ${resumeBy}`
        : `to be resumed ${times.ahead(resumeBy)} at the latest`,
  ]
    .filter((each) => each !== undefined)
    .join("; ");
}

function copyText(copy: NonNullable<MigrationJson["copy"]>): string {
  const { read, written, leftOut, about, percent, perSecond, secondsLeft } = copy;
  return [
    `${formatCount(read)}${about === null ? "" : ` of about ${formatCount(about)}`} items` +
      (percent === null ? "" : ` (${percent} %)`),
    written === read ? undefined : `${formatCount(written)} written`,
    leftOut === 0 ? undefined : `${formatCount(leftOut)} left out`,
    perSecond === null ? undefined : `${formatCount(perSecond)}/s`,
    secondsLeft === null ? undefined : `${spanText(secondsLeft * 1_000)} left`,
  ]
    .filter((each) => each !== undefined)
    .join(", ");
}

function replayText(replay: NonNullable<MigrationJson["replay"]>, times: Times): string {
  const { since, lagMs, records, lastAt, failing } = replay;
  if (since === null) return "begins when all segments are done";
  const lag = lagMs === null ? "lag unknown" : `lag ${spanText(lagMs)}`;
  if (failing)
    return `fails, first ${times.ago(failing.since)}, ${lag}: ${failing.reason}${failing.batches > 1 ? ` (and ${failing.batches - 1} more)` : ""}`;
  if (lastAt === null) return `began ${times.ago(since)}, no change in the last hour`;
  return records === 0
    ? `${lag}, last change ${times.ago(lastAt)}`
    : `${lag} at most, ${formatCount(records)} changes in 5 min, the last ${times.ago(lastAt)}`;
}

function wayBackText({ from, to, wayBack }: MigrationJson): string {
  if (wayBack === null) return "none: a rollback abandons writes";
  const { proven, failure, sampled, changed, failed } = wayBack;
  if (failure !== null) return `not proven: ${failure}`;
  const counts = [
    `${formatCount(sampled)} sampled`,
    changed === 0 ? undefined : `${formatCount(changed)} came back changed`,
    failed === 0 ? undefined : `${formatCount(failed)} did not come back`,
  ].filter((each) => each !== undefined);
  return `${proven ? `proven, version ${to} to ${from}` : "not proven"}: ${counts.join(", ")}`;
}

function verificationText(verification: MigrationJson["verification"], times: Times): string {
  if (verification === null) return "none";
  const { done, startedAt, transform, differences, complete, failure, sourceItems, targetItems } =
    verification;
  if (failure !== null) return `given up: ${failure}; begun ${times.ago(startedAt)}`;
  if (!done) return `not finished, begun ${times.ago(startedAt)}`;
  const found = `${complete ? "" : "at least "}${formatCount(differences)} ${differences === 1 ? "difference" : "differences"}`;
  const items = [...new Set([sourceItems, targetItems])].map(formatCount).join(" and ");
  return `${found} in ${items} items, transform ${transform}, begun ${times.ago(startedAt)}`;
}

/** Labels in one column, and texts that are wrapped next to it. */
function factLines(facts: readonly Fact[], { colour, width }: LineStyle): string[] {
  const printable = facts.map((fact) => ({
    ...fact,
    label: escapeControlCharacters(fact.label),
    text: escapeControlCharacters(fact.text),
  }));
  const column = Math.max(...printable.map(({ label }) => displayWidth(label)));
  const room = width === undefined ? Number.POSITIVE_INFINITY : Math.max(1, width - column - 2);
  return printable.flatMap(({ label, text, tone }) =>
    wrapWords(text, room).map((line, index) => {
      const head = index === 0 ? label : "";
      const gap = " ".repeat(column - displayWidth(head) + 2);
      return `${applyStyle(head, "strong", colour)}${gap}${applyStyle(line, tone, colour)}`;
    }),
  );
}
