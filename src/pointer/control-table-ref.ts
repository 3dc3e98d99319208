import type { ControlTableRef } from "../aws";

export type { ControlTableRef };

/** A {@link ControlTableRef} to write through. */
export interface WritableControlTableRef extends ControlTableRef {
  /** Unix milliseconds stamped as `at`; default `Date.now`. It orders nothing; a fence needs the `at` that was read. */
  now?: () => number;
  /** A new unique operation id; default `crypto.randomUUID`. */
  newOperation?: () => string;
}
