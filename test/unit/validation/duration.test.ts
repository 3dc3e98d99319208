import { parseDuration } from "../../../src/validation/duration";
import { thrownBy } from "../../support/refused";
import { DURATIONS } from "../../support/refused-inputs";

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

test.each(DURATIONS)("%j is refused", (text, name, value) => {
  const { payload } = thrownBy(() => parseDuration(text, name), "swap.input-invalid");
  expect(payload).toMatchObject({ name, value });
});
