// `pulumi up` and preview of many aliases, compared with only the tables and with a dynamic provider
// as people write it.
import { ensureEngine } from "../tools/pulumi-engine/index.mjs";
import { inTurn } from "./in-turn.mjs";
import { PROGRAMS } from "./programs.mjs";
import { counted, median, paired } from "./ratio.mjs";
import { Stack, UP } from "./stack.mjs";

const STEPS = [
  { step: "first up", versions: [1], args: UP },
  { step: "preview of a cut-over", versions: [1, 2], args: ["preview"] },
  { step: "cut-over", versions: [1, 2], args: UP },
];
const UP_GOAL = 1.15;
const PROCESSOR_GOAL = 2;
const GROWTH_GOAL = 1.1;

/** By default the engine writes its whole state around each step. */
export const measureStacks = (options) =>
  measure({ title: "pulumi", sizes: [10, 100], rounds: 3, programs: PROGRAMS, ...options });

/** Compared only with `plain`: the checkpoints of a stack of 1,000 aliases take most of an hour. */
export const measureLarge = (options) =>
  measure({
    title: "pulumi, large",
    sizes: [100, 1000],
    rounds: 1,
    programs: { plain: PROGRAMS.plain, ours: PROGRAMS.ours },
    ...options,
  });

/** As on AWS, which takes its time to make a table. */
export const measureSlowTables = (options) =>
  measure({
    title: "pulumi, tables made as slowly as by AWS",
    sizes: [10, 100],
    rounds: 1,
    programs: { plain: PROGRAMS.plain, ours: PROGRAMS.ours },
    flags: ["--aws-times"],
    ...options,
  });

/** With the state written once, at the end, what counts is programs, resources and requests. */
export const measureUnsaved = (options) =>
  measure({
    title: "pulumi, no checkpoints",
    sizes: [10, 100, 1000],
    rounds: 1,
    programs: PROGRAMS,
    env: { PULUMI_SKIP_CHECKPOINTS: "true" },
    ...options,
  });

async function measure({ title, sizes, rounds, programs, env, flags, say }) {
  const engine = await ensureEngine();
  const results = new Map();
  for (const size of sizes) {
    const times = emptyTimes(programs);
    for (let round = 0; round < rounds; round++) {
      await oneRound({ engine, size, times, programs, env, flags });
      say(`${size} aliases: round ${round + 1} of ${rounds} done`);
    }
    results.set(size, times);
  }
  return {
    title,
    figures: [...sizes.flatMap((size) => besides(size, results.get(size))), ...growths(results)],
    notes: [
      `Pulumi ${engine.version}, file backend, the local stand-in for the aws provider on the embedded DynamoDB`,
      `whole commands, ${rounds} rounds in turn; a cut-over makes the new version's tables as well`,
    ],
    times: [...results].flatMap(([size, times]) =>
      Object.entries(times).flatMap(([step, byName]) =>
        Object.entries(byName).map(
          ([name, each]) =>
            `${size} aliases, ${step}, ${name}: ${seconds(taken(each))} s, processor ${seconds(busy(each))} s`,
        ),
      ),
    ),
  };
}

const taken = (runs) => runs.map(({ took }) => took);
const busy = (runs) => runs.map(({ busy }) => busy);
const seconds = (each) => (median(each) / 1000).toFixed(2);

const emptyTimes = (programs) =>
  Object.fromEntries(
    STEPS.map(({ step }) => [step, Object.fromEntries(Object.keys(programs).map((n) => [n, []]))]),
  );

async function oneRound({ engine, size, times, programs, env, flags }) {
  const stacks = {};
  try {
    for (const [name, program] of Object.entries(programs))
      stacks[name] = await Stack.open(engine, program, { env, flags });
    for (const { step, versions, args } of STEPS) {
      const contenders = Object.fromEntries(
        Object.entries(stacks).map(([name, stack]) => {
          stack.declare(size, versions);
          return [name, () => stack.pulumi(...args)];
        }),
      );
      // The order rotates with each round.
      const turned = turn(contenders, times[step].ours.length);
      for (const [name, [{ took, busy }]] of Object.entries(await inTurn(1, turned)))
        times[step][name].push({ took, busy });
    }
  } finally {
    for (const stack of Object.values(stacks)) await stack.close();
  }
}

function turn(contenders, by) {
  const entries = Object.entries(contenders);
  const at = by % entries.length;
  return Object.fromEntries([...entries.slice(at), ...entries.slice(0, at)]);
}

function besides(size, times) {
  return Object.entries(times).flatMap(([step, { ours, plain, naive }]) => [
    paired(
      `${size} aliases, ${step} / plain tables`,
      taken(ours),
      taken(plain),
      step === "preview of a cut-over" ? undefined : UP_GOAL,
    ),
    ...processorTimes(`${size} aliases, ${step}, processor time / plain tables`, ours, plain),
    ...(naive
      ? [paired(`${size} aliases, ${step} / naive dynamic provider`, taken(ours), taken(naive))]
      : []),
  ]);
}

/** Only where the machine tells it. */
function processorTimes(name, ours, plain) {
  const [own, other] = [ours, plain].map(busy);
  return [...own, ...other].includes(undefined) ? [] : [paired(name, own, other, PROCESSOR_GOAL)];
}

/** What an alias costs in the larger stack, divided by what it costs in the smaller one. */
function growths(results) {
  const sizes = [...results.keys()].sort((a, b) => a - b);
  return sizes.slice(1).flatMap((large, index) => {
    const small = sizes[index];
    const each = (size, step, name) => median(taken(results.get(size)[step][name])) / size;
    return STEPS.flatMap(({ step }) =>
      Object.keys(results.get(small)[step]).map((name) =>
        counted(
          `${step}, an alias of ${large} / of ${small}, ${name}`,
          each(large, step, name),
          each(small, step, name),
          name === "ours" ? GROWTH_GOAL : undefined,
        ),
      ),
    );
  });
}
