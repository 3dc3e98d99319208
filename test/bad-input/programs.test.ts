import { isSwapError } from "../../src/errors";
import { REFUSED } from "../support/refused-inputs";
import { expectClear } from "./clear";

const cases = Object.entries(REFUSED).flatMap(([what, [rows, call]]) =>
  rows.map(([given, name, value]) => ({ what, given, call, name, value })),
);

test.each(cases)("$what $given is refused in one clear line", ({ given, call, name, value }) => {
  let thrown: unknown = "it was taken";
  try {
    call(given as never);
  } catch (error) {
    thrown = error;
  }
  if (!isSwapError(thrown)) throw thrown;
  expectClear(thrown.line);
  expect(thrown.line).toContain(value === "(none)" ? `no ${name} given` : `${name} ${value} `);
});
