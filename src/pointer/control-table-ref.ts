import type { ControlTableRef } from "../aws";

export type { ControlTableRef };

/** A {@link ControlTableRef} to write through. */
export interface WritableControlTableRef extends ControlTableRef {
  /** Unix milliseconds stamped as `at`; default `Date.now`. Nothing is decided by it. */
  now?: () => number;
  /** A new unique operation id; default `crypto.randomUUID`. */
  newOperation?: () => string;
}
