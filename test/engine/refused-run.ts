import type { Run } from "./project";

/** A run that must fail with this line and no stack trace. */
export function refused(run: Run, line: RegExp): void {
  expect(run.code).not.toBe(0);
  expect(run.output).toMatch(line);
  expect(run.output).not.toMatch(/^\s+at .*[(:]/m);
}
