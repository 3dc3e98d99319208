import assert from "node:assert/strict";
import { refusalOf, writes } from "./model";
import { type Call, type Commit, leavesDoubt, type Played, rowsDuring } from "./record";
import { modelOf } from "./rows";

/**
 * A try that the client had given up, carried out after its caller was told. No condition on the
 * row as the contract has it can stop this; see the README.
 *
 * - `landed late`: refused, and then carried out, since the row had come to accept it
 * - `landed again`: carried out a second time, since a rollback and a lifted bar made room for it
 */
export type Exception = "landed late" | "landed again";

const refusals: Readonly<Record<string, readonly string[]>> = {
  "swap.version-regressed": ["regressed"],
  "swap.version-barred": ["barred"],
  "swap.expectation-failed": ["expectation"],
  seed: ["taken"],
};

/** Each caller was told the truth. Returns the named exceptions that it took. */
export function checkOutcomes(played: Played): Exception[] {
  return played.calls
    .filter(({ deed }) => writes(deed) && deed.do !== "foreign set" && deed.do !== "lift")
    .flatMap((call) => {
      const commits = played.commits.filter((each) => each.call === call && each.kind === "move");
      const { told, exceptions } = split(call, commits);
      check(played, call, told);
      return exceptions;
    });
}

/** Takes the late ones aside that the README names. */
function split(call: Call, commits: Commit[]): { told: Commit[]; exceptions: Exception[] } {
  const { outcome, ended } = call;
  const told = commits.filter(({ late, turn }) => !late || turn <= ended);
  const afterwards = commits.filter((commit) => !told.includes(commit));
  if (outcome.is === "unknown" && told.length === 0)
    return { told: afterwards.slice(0, 1), exceptions: again(afterwards.slice(1)) };
  if (outcome.is === "conflict" && told.length === 0 && afterwards.length > 0)
    return { told, exceptions: ["landed late", ...again(afterwards.slice(1))] };
  return { told, exceptions: again(afterwards) };
}

const again = (commits: Commit[]): Exception[] => commits.map(() => "landed again");

function check(played: Played, call: Call, commits: Commit[]): void {
  const { outcome, ended, deed } = call;
  assert(writes(deed));
  assert(commits.length <= 1, "one operation was carried out twice");
  const commit = commits[0];
  switch (outcome.is) {
    case "applied": {
      assert(commit !== undefined, "told as applied, and never was");
      assert(commit.turn <= ended, "told as applied before it was");
      const { moved } = outcome;
      const { version } = modelOf(commit.after);
      assert.equal(moved.version, version, "told another version than was written");
      assert.equal(moved.operation, commit.after.op?.S, "told another operation id");
      assert.equal(moved.activatedAt, Number(commit.after.at?.N), "told another time");
      if (moved.previous !== undefined)
        assert.equal(moved.previous, modelOf(commit.before).version, "told another previous one");
      assert(moved.requests >= 1 && moved.requests <= call.sent.length, "told other requests");
      return;
    }
    case "conflict": {
      assert(commit === undefined, "told as a conflict, and was carried out");
      const models = rowsDuring(played, call).map(modelOf);
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

/** The last read failed or, after the last of the rounds, the last write was still without answer. */
function unsettled({ sent }: Call): boolean {
  const last = sent.at(-1);
  if (last?.operation === "GetItem" && last.fault !== "pass") return true;
  const write = sent.findLast(({ operation }) => operation === "UpdateItem");
  return write !== undefined && write.fault !== "pass";
}

/** Between two rollbacks, no version has two winners. */
export function checkWinners({ calls, commits }: Played): void {
  const epochs = commits.filter(({ call }) => call.deed.do === "rollback");
  const won = new Map<string, Call>();
  for (const call of calls) {
    const commit = commits.find((each) => each.call === call && each.kind === "move");
    if (call.outcome.is !== "applied" || call.deed.do === "rollback" || !commit) continue;
    const epoch = epochs.filter(({ turn }) => turn < commit.turn).length;
    const key = `version ${call.outcome.moved.version} of epoch ${epoch}`;
    assert(!won.has(key), `two winners of ${key}`);
    won.set(key, call);
  }
}
