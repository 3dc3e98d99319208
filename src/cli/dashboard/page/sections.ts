import type { Finding } from "../../doctor/finding";
import { type FindingGroup, groupFindings, LONG_LIST } from "../../doctor/finding-groups";
import type { MigrationJson, ReplayJson } from "../../status/status-json";
import type { ControlTableJson, DashboardAliasJson, FailedLookJson } from "../dashboard-json";
import { progressCharts } from "./charts";
import { ago, count, el, span, tableOfRows, timeOf } from "./dom";
import { shownTime, stateClass, timeline } from "./timeline";

/** A part of the page, made again only when what it shows has changed. */
export interface Section {
  id: string;
  /** What it shows; a part with the same text as before stays. */
  shows: unknown;
  make: () => HTMLElement;
}

/** From this age on, what was read of an alias is said to be old, in milliseconds. */
const OLD_MS = 30_000;

const section = (id: string, title: string, ...content: Parameters<typeof el>[2][]) =>
  el(
    "section",
    { id, "aria-labelledby": `${id}-title` },
    el("h3", { id: `${id}-title` }, title),
    ...content,
  );

const failureBox = (failure: FailedLookJson, now: number) =>
  el(
    "p",
    { class: "failure" },
    `Not read since ${ago(failure.since, now)}: ${failure.message}`,
    failure.hint !== null && el("span", { class: "faint" }, ` Fix: ${failure.hint}`),
  );

/** The parts of one alias. */
export function aliasSections(
  table: ControlTableJson,
  alias: DashboardAliasJson,
  now: number,
  width: number,
  redraw: () => void,
): Section[] {
  const minute = Math.floor(now / 10_000);
  const { status, versions, moves, readiness, progress } = alias;
  const findings = (table.doctor?.findings ?? []).filter((each) => each.alias === alias.alias);
  const parts: Section[] = [
    {
      id: "head",
      shows: [
        alias.alias,
        alias.failure,
        alias.observed,
        table.failure,
        moves[0],
        alias.active,
        alias.fencedFor,
        lostTable(alias),
        minute,
      ],
      make: () => headPart(table, alias, now),
    },
  ];
  // Nothing is known of a row that was never read: empty parts would look like an answer.
  const isKnown = !isUnread(alias);
  if (isKnown)
    parts.push({
      id: "timeline",
      shows: [
        versions,
        moves,
        status?.migrations.map(({ to, startedAt }) => [to, startedAt]),
        width,
        minute,
        shownTime(),
      ],
      make: () => section("timeline", "Versions over time", ...timeline(alias, now, width, redraw)),
    });
  for (const migration of status?.migrations ?? [])
    parts.push({
      id: `migration-${migration.to}`,
      shows: [
        migration,
        progress.find(({ to }) => to === migration.to),
        isBlocked(alias, migration.to),
        alias.fencedFor,
        width,
        minute,
      ],
      make: () => migrationPart(migration, alias, now),
    });
  if (readiness.length > 0)
    parts.push({ id: "readiness", shows: readiness, make: () => readinessPart(alias) });
  if (isKnown)
    parts.push(
      { id: "versions", shows: [versions, minute], make: () => versionsPart(alias, now) },
      { id: "moves", shows: [moves, minute], make: () => movesPart(alias, now) },
    );
  parts.push({
    id: "doctor",
    shows: [findings, table.doctor?.at, table.doctor?.failure, minute],
    make: () => doctorPart(table, findings, now),
  });
  return parts;
}

/** The parts of the page of a control table. */
export function tableSections(table: ControlTableJson, now: number): Section[] {
  const { doctor } = table;
  return [
    {
      id: "head",
      shows: [table.name, table.failure, table.aliases.length],
      make: () =>
        el(
          "div",
          { id: "head" },
          el("h2", {}, table.name),
          el(
            "p",
            { class: "faint" },
            `control table with ${count(table.aliases.length)} ${table.aliases.length === 1 ? "alias" : "aliases"}`,
          ),
          table.failure && failureBox(table.failure, now),
        ),
    },
    {
      id: "doctor",
      shows: doctor,
      make: () => doctorPart(table, doctor?.findings ?? [], now),
    },
  ];
}

/** The only part of the page for an address that names nothing. */
export const unknownSection = (address: string): Section => ({
  id: "head",
  shows: address,
  make: () =>
    el(
      "p",
      { id: "head", class: "failure" },
      `No such alias or control table is shown here: ${address}. Choose one from the list.`,
    ),
});

/** Whether nothing of an alias was ever read. */
export const isUnread = ({ active, failure, observed }: DashboardAliasJson): boolean =>
  active === null && failure !== null && observed === null;

/** The table of the live version, if it does not exist. */
export const lostTable = ({ versions }: DashboardAliasJson): string | undefined =>
  versions.find(({ is, state }) => is === "live" && state === "MISSING")?.table;

/** Whether a version was rolled back from. */
export const isBlocked = ({ versions }: DashboardAliasJson, version: number): boolean =>
  versions.some((each) => each.version === version && each.is === "blocked");

function headPart(table: ControlTableJson, alias: DashboardAliasJson, now: number): HTMLElement {
  const [move] = alias.moves;
  const lost = lostTable(alias);
  return el(
    "div",
    { id: "head" },
    el("h2", {}, alias.alias),
    el("p", { class: "faint" }, `control table ${table.name}`),
    !(alias.active === null && alias.failure !== null) &&
      el(
        "p",
        {},
        el(
          "span",
          { class: `is ${lost === undefined ? "live" : "bad"}` },
          `version ${alias.active ?? 1} is live`,
        ),
        alias.active === null && " (no row: version 1 is implied)",
        move &&
          el(
            "span",
            {},
            " since ",
            timeOf(move.at, now),
            move.by === null ? "" : ` by ${move.by}`,
            move.why === null ? "" : `: ${move.why}`,
          ),
      ),
    lost !== undefined && el("p", { class: "failure" }, `Its table ${lost} does not exist.`),
    alias.fencedFor !== null &&
      el(
        "p",
        { class: "failure" },
        `A cut-over to version ${alias.fencedFor} is under way: writers are held.`,
      ),
    table.failure && failureBox(table.failure, now),
    alias.failure && failureBox(alias.failure, now),
    alias.observed !== null &&
      now - Date.parse(alias.observed) > OLD_MS &&
      el(
        "p",
        { class: "warning" },
        `Its tables and migrations were read ${ago(alias.observed, now)}: what is below is of then.`,
      ),
    alias.observed === null &&
      !alias.failure &&
      el("p", { class: "faint" }, "Its tables are read with one of the next looks."),
  );
}

const fact = (name: string, value: string | null | HTMLElement, tone = "") =>
  value === null ? null : el("div", {}, el("dt", {}, name), el("dd", { class: tone }, value));

function migrationPart(
  migration: MigrationJson,
  alias: DashboardAliasJson,
  now: number,
): HTMLElement {
  const { from, to, phase, copy, parked, replay, verification, deadline, next } = migration;
  const { strays, reverse } = migration;
  const drawn = alias.progress.find((each) => each.to === to);
  const blocked = isBlocked(alias, to);
  const good = !blocked && (phase === "ready" || phase === "switched" || phase === "complete");
  const bad = phase === "failed" || phase === "cancelled" || phase === "rolled back";
  const percent = copy?.percent ?? null;
  const id = `migration-${to}`;
  return section(
    id,
    `Migration of version ${from} to ${to}`,
    el(
      "p",
      {},
      el(
        "span",
        { class: `is ${good ? "good" : bad ? "bad" : "filling"}` },
        phase ?? "only verified",
      ),
      ` transform ${migration.transform}`,
    ),
    blocked && el("p", { class: "warning" }, `Version ${to} is blocked: it was rolled back from.`),
    el(
      "p",
      { class: "next" },
      el("strong", {}, "Next: "),
      alias.fencedFor === to ? "wait: the cut-over to it is under way" : next,
    ),
    percent !== null &&
      el(
        "progress",
        { max: 100, value: percent, "aria-label": `Copied, in percent` },
        `${percent} %`,
      ),
    el(
      "dl",
      {},
      copy &&
        fact(
          "Copied",
          `${count(copy.read)}${copy.about === null ? "" : ` of about ${count(copy.about)}`}${percent === null ? "" : ` (${percent} %)`}`,
        ),
      copy && fact("Segments", `${count(copy.segmentsDone)} of ${count(copy.segments)}`),
      copy && fact("Rate", copy.perSecond === null ? null : `${count(copy.perSecond)}/s`),
      copy && fact("Time left", copy.secondsLeft === null ? null : span(copy.secondsLeft * 1_000)),
      copy && copy.leftOut > 0 ? fact("Left out", count(copy.leftOut)) : null,
      fact("Parked", count(parked.count), parked.count > 0 ? "bad" : ""),
      replay && fact("Lag", replayLag(replay, now), replay.failing ? "bad" : ""),
      replay && fact("Changes in 5 min", count(replay.records)),
      fact(
        "Last verification",
        verification === null
          ? "none"
          : `${verification.done ? `${verification.complete ? "" : "at least "}${count(verification.differences)} differences` : verification.failure === null ? "not finished" : `given up: ${verification.failure}`}, ${ago(verification.startedAt, now)}`,
        verification?.done && verification.differences === 0 ? "good" : "",
      ),
      copy && deadline !== null && copy.segmentsDone < copy.segments
        ? fact("Deadline of the copy", ago(deadline, now), Date.parse(deadline) < now ? "bad" : "")
        : null,
      migration.pausedSeconds > 0
        ? fact("Paused, in all", span(migration.pausedSeconds * 1_000))
        : null,
      migration.paused?.resumeBy
        ? fact("To be resumed", ago(migration.paused.resumeBy, now))
        : null,
      ...(replay ? wayBackFacts(migration, now) : []),
    ),
    ...(
      [
        ["cancelled", migration.cancelled],
        ["paused", migration.paused],
        ["limited", migration.rate],
      ] as const
    ).map(
      ([what, asked]) =>
        asked &&
        el(
          "p",
          { class: "warning" },
          `${what}${"perSecond" in asked ? ` to ${count(asked.perSecond as number)} items a second` : ""} by ${asked.by}${asked.at === "" ? "" : `, ${ago(asked.at, now)}`}${asked.reason === null ? "" : `: ${asked.reason}`}`,
        ),
    ),
    migration.wayBack?.failure &&
      el("p", { class: "failure" }, `The way back is not proven: ${migration.wayBack.failure}`),
    ...(
      [
        ["The replay fails", replay],
        ["Changes do not go back", reverse],
      ] as const
    ).map(
      ([what, side]) =>
        side?.failing &&
        el(
          "p",
          { class: "failure" },
          `${what}, first ${ago(side.failing.since, now)}: ${side.failing.reason}`,
        ),
    ),
    drawn && copy && progressCharts(drawn, copy.about),
    parked.first.length > 0 &&
      tableOfRows(
        "Parked keys",
        ["Parked key", "Reason"],
        parked.first.map(({ key, reason }) => [el("code", {}, key), reason]),
      ),
    moreKeys(parked, "Parked keys and their reasons"),
    strays.first.length > 0 &&
      tableOfRows(
        "Strays",
        ["Stray", "Change", "Version", "When"],
        strays.first.map((each) => [
          el("code", {}, each.key),
          each.deleted ? "deleted" : "written",
          each.version,
          timeOf(each.at, now),
        ]),
      ),
    moreKeys(strays, "Keys of strays"),
  );
}

const moreKeys = (
  { count: all, first }: { count: number; first: readonly unknown[] },
  what: string,
) =>
  all > first.length &&
  el(
    "p",
    { class: "faint" },
    first.length > 0
      ? `and ${count(all - first.length)} more`
      : `${what} are left out: swap report --keys shows the first ones.`,
  );

/** What a rollback would keep, and the changes to the version that is not active. */
function wayBackFacts({ wayBack, reverse, strays }: MigrationJson, now: number) {
  const kinds = [
    [strays.count - strays.deleted, "written"],
    [strays.deleted, "deleted"],
    [strays.unsettled, "not settled"],
  ] as const;
  const said = kinds
    .filter(([number]) => number > 0)
    .map(([number, is]) => `${count(number)} ${is}`);
  const strayFact = fact(
    "Strays",
    strays.count === 0 ? "none" : `${count(strays.count)}: ${said.join(", ")}`,
    strays.unsettled > 0 ? "bad" : "",
  );
  if (wayBack === null)
    return [fact("Way back", "none: a rollback abandons writes", "warning"), strayFact];
  const { proven, at, sampled, changed, failed } = wayBack;
  return [
    fact(
      "Way back",
      at === null ? "not tried yet" : `${proven ? "proven" : "not proven"} ${ago(at, now)}`,
      proven ? "good" : "bad",
    ),
    fact(
      "Its proof",
      [
        `${count(sampled)} sampled`,
        changed > 0 && `${count(changed)} came back changed`,
        failed > 0 && `${count(failed)} did not come back`,
      ]
        .filter((text) => text)
        .join(", "),
    ),
    reverse && fact("Lag of the way back", replayLag(reverse, now), reverse.failing ? "bad" : ""),
    reverse && fact("Back in 5 min", count(reverse.records)),
    strayFact,
  ];
}

const replayLag = ({ since, lagMs, lastAt, records }: ReplayJson, now: number) =>
  since === null
    ? "replay not begun"
    : lagMs === null
      ? "unknown"
      : lastAt === null
        ? `${span(lagMs)}, no change in the last hour`
        : `${span(lagMs)}${records > 0 ? " at most" : ""}, last change ${ago(lastAt, now)}`;

function readinessPart({ readiness }: DashboardAliasJson): HTMLElement {
  return section(
    "readiness",
    "Ready for a cut-over?",
    ...readiness.flatMap(({ version, answers }) => [
      el("p", {}, el("strong", {}, `version ${version}`)),
      el(
        "ul",
        { class: "list" },
        ...answers.map(({ gate, passes, reason, fix }) =>
          el(
            "li",
            {},
            el("span", { class: `is ${passes ? "passes" : "bad"}` }, passes ? "passes" : "refuses"),
            ` ${gate}: ${reason}`,
            fix !== null && el("div", { class: "faint" }, `Fix: ${fix}`),
          ),
        ),
      ),
    ]),
    el(
      "p",
      { class: "faint" },
      "Gates with options are known to the Pulumi program only: pulumi preview asks them.",
    ),
  );
}

function versionsPart({ versions }: DashboardAliasJson, now: number): HTMLElement {
  return section(
    "versions",
    "Versions",
    tableOfRows(
      "Versions",
      ["Version", "State", "Table", "Items", "Copied"],
      versions.map((each) => [
        each.version,
        el(
          "td",
          {},
          el("span", { class: `is ${stateClass(each)}` }, each.is),
          each.graceUntil !== null &&
            `${each.is === "in grace" ? "" : ", its table is kept"} until ${each.graceUntil.replace(/\.\d+Z$/, "Z")}`,
        ),
        el(
          "td",
          {},
          el("code", {}, each.table),
          each.state === "ACTIVE" ? "" : " ",
          each.state === "ACTIVE"
            ? null
            : el(
                "span",
                { class: each.state === "MISSING" && each.is === "live" ? "bad" : "warning" },
                each.state,
              ),
          each.created !== null && el("div", { class: "faint" }, `made ${ago(each.created, now)}`),
        ),
        el(
          "td",
          {},
          each.items === null ? "-" : each.items === 0 ? "not counted" : count(each.items),
        ),
        el("td", {}, each.copied === null ? "-" : count(each.copied)),
      ]),
    ),
    el("p", { class: "faint" }, "Items: DynamoDB's own count, up to 6 h old."),
  );
}

function movesPart({ moves }: DashboardAliasJson, now: number): HTMLElement {
  return section(
    "moves",
    "Moves",
    moves.length === 0
      ? el("p", { class: "faint" }, "none is recorded")
      : tableOfRows(
          "Moves",
          ["Version", "Kind", "When", "By", "Why"],
          moves.map(({ version, kind, at, by, why }) => [
            version,
            el("span", { class: kind === "rollback" || kind === "foreign" ? "bad" : "" }, kind),
            timeOf(at, now),
            by ?? (kind === "foreign" ? "(another writer)" : "-"),
            why ?? "-",
          ]),
        ),
  );
}

function byCode(findings: readonly Finding[]): string {
  const counts = new Map<string, number>();
  for (const { code } of findings) counts.set(code, (counts.get(code) ?? 0) + 1);
  return [...counts].map(([code, many]) => `${count(many)} ${code}`).join(", ");
}

function doctorPart(
  { doctor }: ControlTableJson,
  findings: readonly Finding[],
  now: number,
): HTMLElement {
  return section(
    "doctor",
    "Doctor",
    el(
      "p",
      { class: "faint" },
      doctor === null ? "not examined yet" : `examined ${ago(doctor.at, now)}`,
    ),
    doctor?.failure && failureBox(doctor.failure, now),
    findings.length > LONG_LIST &&
      el("p", {}, `${count(findings.length)} found: ${byCode(findings)}`),
    findings.length === 0
      ? doctor !== null && el("p", {}, "Nothing found.")
      : el("ul", { class: "list" }, ...groupFindings(findings).map(findingItem)),
  );
}

function findingItem({ first, others }: FindingGroup): HTMLElement {
  const { severity, message, code, fix } = first;
  return el(
    "li",
    {},
    el("span", { class: `is ${severity === "info" ? "other" : severity}` }, severity),
    ` ${message} `,
    el("code", { class: "faint" }, code),
    el("div", { class: "faint" }, `Fix: ${fix}`),
    others.length > 0 &&
      el(
        "details",
        { "data-group": `${severity} ${code} ${first.table}` },
        el("summary", {}, `The same of ${count(others.length)} more`),
        others.join(", "),
      ),
  );
}
