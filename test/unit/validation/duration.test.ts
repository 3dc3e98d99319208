import { isSwapError } from "../../../src/errors";
import { parseDuration } from "../../../src/validation/duration";

test.each([
  ["0s", 0],
  ["250ms", 250],
  ["90s", 90_000],
  ["10m", 600_000],
  ["2h", 7_200_000],
  ["7d", 604_800_000],
  ["1.5h", 5_400_000],
  ["1.1s", 1_100],
  ["0.29s", 290],
])("%s is %d ms", (text, ms) => {
  expect(parseDuration(text, "grace")).toBe(ms);
});

const NEAR = "want a number and one unit of ms, s, m, h, d";

test.each([
  ["", '""', NEAR],
  ["10", '"10"', NEAR],
  ["s", '"s"', NEAR],
  ["-1s", '"-1s"', NEAR],
  ["+1s", '"+1s"', NEAR],
  ["1 s", '"1 s"', NEAR],
  ["1s ", '"1s "', NEAR],
  ["1s\n", '"1s\\n"', NEAR],
  ["1h30m", '"1h30m"', NEAR],
  ["1e3s", '"1e3s"', NEAR],
  [".5s", '".5s"', NEAR],
  ["1.s", '"1.s"', NEAR],
  ["1S", '"1S"', NEAR],
  ["1w", '"1w"', NEAR],
  ["Infinitys", '"Infinitys"', NEAR],
  ["9".repeat(90), `"${"9".repeat(80)}…"`, NEAR],
  ["999999999999d", '"999999999999d"', "it is beyond 2^53-1 milliseconds"],
  [90, "90", "it is number, want text"],
  [undefined, "(none)", "it is undefined, want text"],
  [null, "null", "it is null, want text"],
  [["1s"], "(a list of 1)", "it is a list, want text"],
  [{ s: 1 }, "(an object)", "it is object, want text"],
])("%j is refused on one line", (text, value, rule) => {
  const what =
    value === "(none)"
      ? "no retention.grace given"
      : `retention.grace ${value} is not valid: ${rule}`;
  expect(lineOf(() => parseDuration(text, "retention.grace"))).toBe(
    `${what}; write it such as "90s", "10m" or "24h"`,
  );
});

function lineOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (isSwapError(error) && error.code === "swap.input-invalid") return error.line;
    throw error;
  }
  throw new Error("nothing was thrown");
}
