const Sequencer = require("@jest/test-sequencer").default;

/**
 * Files of tests that take longest though they are short. Without recorded durations, as in CI, Jest takes the
 * largest files first, and one of these would run when nothing else is left to do.
 */
const LONG = [
  "contract/stalled-responses",
  "faults/histories",
  "engine/many-aliases",
  "engine/packed-program",
  "engine/random-kills",
  "engine/kills",
  "engine/retirement",
  "engine/plugin-yaml",
  "engine/plugin-move",
  "engine/examples",
];

const rank = ({ path }) => {
  const found = LONG.findIndex((name) => path.endsWith(`/test/${name}.test.ts`));
  return found < 0 ? LONG.length : found;
};

module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    return super.sort(tests).toSorted((a, b) => rank(a) - rank(b));
  }
};
