const Sequencer = require("@jest/test-sequencer").default;

/**
 * Files of the engine's tests that take longest though they are short. Without recorded durations, as in CI,
 * Jest takes the largest files first, and one of these would run when nothing else is left to do.
 */
const LONG = [
  "many-aliases",
  "packed-program",
  "random-kills",
  "kills",
  "retirement",
  "plugin-yaml",
  "plugin-move",
  "examples",
];

const rank = ({ path }) => {
  const found = LONG.findIndex((name) => path.endsWith(`/engine/${name}.test.ts`));
  return found < 0 ? LONG.length : found;
};

module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    return super.sort(tests).toSorted((a, b) => rank(a) - rank(b));
  }
};
