import { isOvertaken } from "./check-outcomes";
import { after, type Model, refusalOf, writes } from "./model";
import { type Call, leavesDoubt, lostBeforeTold, type Played } from "./record";
import { modelOf } from "./rows";

/** A call as its caller saw it, placed in time. */
interface Step {
  began: number;
  ended: number;
  /** Whether it may be left out: its caller does not know whether it happened. */
  optional: boolean;
  /** The state after it, or undefined where it can't have happened on this one. */
  on(model: Model): Model | undefined;
}

/**
 * Whether there is one order of all calls that agrees with what every caller was answered and with who
 * had ended before who began: the search of Wing and Gong, with a memory of what has failed, for one
 * register. It goes by what callers saw alone, not by what the table was seen to hold.
 *
 * @see J. Wing, C. Gong: "Testing and Verifying Concurrent Objects" (1993)
 * @see G. Lowe: "Testing for linearizability" (2017), for the memory
 */
export function isLinearizable(played: Played): boolean {
  const steps = stepsOf(played);
  const failed = new Set<string>();
  const search = (done: bigint, model: Model): boolean => {
    const left = steps.filter((_, index) => !(done & (1n << BigInt(index))));
    const required = left.filter(({ optional }) => !optional);
    if (required.length === 0) return true;
    const key = `${done} ${model.version} ${model.barred} ${model.retired}`;
    if (failed.has(key)) return false;
    // What begins after another has ended can't come before it.
    const firstEnd = Math.min(...required.map(({ ended }) => ended));
    for (const [index, step] of steps.entries()) {
      if (done & (1n << BigInt(index)) || step.began > firstEnd) continue;
      const next = step.on(model);
      if (next !== undefined && search(done | (1n << BigInt(index)), next)) return true;
    }
    failed.add(key);
    return false;
  };
  return search(0n, modelOf(played.start));
}

function stepsOf(played: Played): Step[] {
  const steps: Step[] = [];
  for (const call of played.calls) {
    const told = keepsLost(played, call) ? undefined : asTold(call);
    if (told !== undefined) steps.push(told);
    // The named exceptions: what landed late, or again, is one more effect, or none.
    const { action: deed } = call;
    const landed = played.commits
      .filter((each) => each.call === call)
      .filter(
        (each, index) =>
          each.late ||
          index > 0 ||
          (call.outcome.is === "conflict" && lostBeforeTold(played, each)),
      );
    if (writes(deed))
      for (const _ of landed) steps.push(maybe(call, (model) => accepted(model, deed)));
  }
  return steps;
}

type Writing = Parameters<typeof after>[1];

const accepted = (model: Model, deed: Writing): Model | undefined =>
  refusalOf(model, deed) === undefined ? after(model, deed) : undefined;

const maybe = ({ began }: Call, on: Step["on"]): Step => ({
  began,
  ended: Number.POSITIVE_INFINITY,
  optional: true,
  on,
});

/** A reader keeps what it holds while the row is lost, and while it is back at a smaller version. */
const keepsLost = ({ commits }: Played, { action: deed, ended }: Call): boolean =>
  deed.do === "refresh" && commits.some(({ kind, turn }) => kind === "lost" && turn <= ended);

function asTold(call: Call): Step | undefined {
  const { action: deed, outcome, began, ended } = call;
  const certain = (on: Step["on"]): Step => ({ began, ended, optional: false, on });
  const unchangedIf = (holds: (model: Model) => boolean) =>
    certain((model) => (holds(model) ? model : undefined));

  if (outcome.is === "read")
    return unchangedIf(
      ({ version, barred, retired }) =>
        version === outcome.row?.version &&
        `${barred}` === `${outcome.row?.barred ?? []}` &&
        `${retired}` === `${outcome.row?.retired ?? []}`,
    );
  if (outcome.is === "shown")
    return unchangedIf(
      ({ version }) =>
        outcome.version === (version ?? 1) && outcome.implicit === (version === undefined),
    );
  if (outcome.is === "free" && deed.do === "guard")
    return unchangedIf(({ version }) => version !== undefined && version !== deed.version);
  if (!writes(deed)) return undefined;
  if (deed.do === "lose") return certain((model) => after(model, deed));
  if (isOvertaken(call)) return undefined;

  if (outcome.is === "applied") return certain((model) => accepted(model, deed));
  if (outcome.is === "unknown") return maybe(call, (model) => accepted(model, deed));
  const doubt = call.sent.some(leavesDoubt);
  // Settled by reading: what is reported as done is done.
  if (deed.do === "delete" || deed.do === "reopen") {
    if (outcome.is === "done")
      return certain((model) =>
        deed.do === "reopen" && refusalOf(model, deed) ? model : accepted(model, deed),
      );
    return doubt ? maybe(call, (model) => accepted(model, deed)) : undefined;
  }
  // What tells no outcome of its own: the Go writer's set, and the lift of a bar.
  if (deed.do === "foreign set" || deed.do === "lift") {
    if (outcome.is === "done" && !(doubt && deed.do === "lift"))
      return certain((model) =>
        deed.do === "lift" && refusalOf(model, deed) ? model : accepted(model, deed),
      );
    if (outcome.is === "conflict" && !doubt)
      return unchangedIf((model) => refusalOf(model, deed) !== undefined);
    return doubt ? maybe(call, (model) => accepted(model, deed)) : undefined;
  }
  if (outcome.is === "conflict")
    return unchangedIf(
      (model) =>
        refusalOf(model, deed) !== undefined &&
        (deed.do === "seed" || outcome.active === model.version),
    );
  return undefined;
}
