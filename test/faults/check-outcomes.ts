import assert from "node:assert/strict";
import { refusalOf, writes } from "./model";
import {
  type Call,
  type Commit,
  leavesDoubt,
  lostBeforeTold,
  type Played,
  rowsDuring,
} from "./record";
import { modelOf } from "./rows";

/**
 * A try without an answer that was carried out when nobody expected it any more. No condition on the
 * row as the contract has it can stop these; see the README.
 *
 * - `landed late`: refused, and carried out after its caller got an answer, since the row had come to
 *   accept it
 * - `landed again`: carried out a second time, after others of our moves had made room for it
 * - `row lost`: carried out without an answer, and the row was deleted before the next try was refused;
 *   or what `check-reads.ts` tells
 */
export type Exception = "landed late" | "landed again" | "row lost";

const refusals: Readonly<Record<string, readonly string[]>> = {
  "swap.version-regressed": ["regressed"],
  "swap.version-barred": ["barred"],
  "swap.version-retired": ["retired"],
  "swap.expectation-failed": ["expectation"],
  seed: ["taken"],
};

/** Deeds that report nothing of the pointer. */
const untold: ReadonlySet<string> = new Set(["foreign set", "lift", "delete", "reopen", "lose"]);

/** Each caller got the truth. Returns the named exceptions that it took. */
export function checkOutcomes(played: Played): Exception[] {
  return played.calls
    .filter(({ action: deed }) => writes(deed) && !untold.has(deed.do))
    .flatMap((call) => {
      const { told, exceptions } = split(played, call);
      check(played, call, told);
      return exceptions;
    });
}

/** Takes the ones aside that the README names. */
function split(played: Played, call: Call): { told: Commit | undefined; exceptions: Exception[] } {
  const { commits } = played;
  const exceptions: Exception[] = [];
  const [first, ...more] = commits.filter((each) => each.call === call && each.kind === "move");
  for (const repeated of more) {
    // Ours have moved on in between, or the operation id in the row would have stopped it.
    const between = commits.slice(commits.indexOf(first as Commit) + 1, commits.indexOf(repeated));
    const ours = between.some(
      (each) => each.call !== call && (each.kind === "move" || each.kind === "lost"),
    );
    assert(ours, "one operation was carried out twice");
    exceptions.push("landed again");
  }
  if (first === undefined || call.outcome.is !== "conflict") return { told: first, exceptions };
  if (lostBeforeTold(played, first)) return { told: undefined, exceptions: ["row lost"] };
  assert(first.late && first.turn > call.ended, "told as a conflict, and was carried out");
  return { told: undefined, exceptions: ["landed late", ...exceptions] };
}

function check(played: Played, call: Call, commit: Commit | undefined): void {
  const { outcome, ended, action: deed } = call;
  assert(writes(deed));
  switch (outcome.is) {
    case "applied": {
      assert(commit !== undefined, "told as applied, and never was");
      assert(commit.turn <= ended, "told as applied before it was");
      const { moved } = outcome;
      const { version } = modelOf(commit.after);
      assert.equal(moved.version, version, "told another version than was written");
      assert.equal(moved.operation, commit.after?.op?.S, "told another operation id");
      assert.equal(moved.activatedAt, Number(commit.after?.at?.N), "told another time");
      if (moved.previous !== undefined)
        // Of whichever landing was answered, where it landed again.
        assert(
          played.commits.some(
            (each) =>
              each.call === call &&
              each.kind === "move" &&
              each.turn <= ended &&
              moved.previous === modelOf(each.before).version,
          ),
          "told another previous one",
        );
      assert(moved.requests >= 1 && moved.requests <= call.sent.length, "told other requests");
      return;
    }
    case "conflict": {
      const models = rowsDuring(played, call).map(modelOf);
      if (isOvertaken(call)) {
        const moves = movesDuring(played, call);
        assert(moves >= 3, "a set that lifts was given up, though no moves came in between");
        return;
      }
      const reasons = refusals[outcome.code];
      assert(reasons !== undefined, `a ${deed.do} ended in ${outcome.code}`);
      assert(
        models.some(
          (model) =>
            reasons.includes(refusalOf(model, deed) ?? "") &&
            (deed.do === "seed" || outcome.active === model.version),
        ),
        `${outcome.code} (active ${outcome.active}) was true at no time of the call`,
      );
      return;
    }
    case "unknown":
      assert(call.sent.some(leavesDoubt), "unknown, though no request left a doubt");
      assert(unsettled(call), "unknown, though a read could settle it");
      return;
    case "failed":
      assert(commit === undefined, `told as ${outcome.code}, and was carried out`);
      assert(
        call.sent.some(({ fault }) => fault !== "pass"),
        `${outcome.code} without a fault`,
      );
      return;
    default:
      assert.fail(`a ${deed.do} ended as ${outcome.is}`);
  }
}

/** A set that lifts a bar and that others of our moves overtook in each of its rounds. */
export function isOvertaken({ action: deed, outcome }: Call): boolean {
  return (
    deed.do === "set lifting" &&
    outcome.is === "conflict" &&
    ["swap.expectation-failed", "swap.version-barred"].includes(outcome.code)
  );
}

function movesDuring({ commits }: Played, { began, ended }: Call): number {
  const during = commits.filter(({ turn }) => turn > began && turn <= ended);
  return during.filter(({ kind }) => kind === "move" || kind === "lost").length;
}

/** The last read failed or, after the last of the rounds, the last write was still without answer. */
function unsettled({ sent }: Call): boolean {
  const last = sent.at(-1);
  if (last?.operation === "GetItem" && last.fault !== "pass") return true;
  const write = sent.findLast(({ operation }) => operation === "UpdateItem");
  return write !== undefined && write.fault !== "pass";
}

/** Between two rollbacks, no version has two winners. */
export function checkWinners({ calls, commits }: Played): void {
  const epochs = commits.filter(({ call: { action: deed } }) =>
    ["rollback", "lose"].includes(deed.do),
  );
  const won = new Map<string, Call>();
  for (const call of calls) {
    const commit = commits.find((each) => each.call === call && each.kind === "move");
    if (call.outcome.is !== "applied" || call.action.do === "rollback" || !commit) continue;
    const epoch = epochs.filter(({ turn }) => turn < commit.turn).length;
    const key = `version ${call.outcome.moved.version} of epoch ${epoch}`;
    assert(!won.has(key), `two winners of ${key}`);
    won.set(key, call);
  }
}
