type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only where the value's type is exactly `Want`: `typed<Want>()(value)`. */
export function typed<Want>(): <Got>(value: Got, same: Same<Got, Want>) => void {
  return () => {};
}
