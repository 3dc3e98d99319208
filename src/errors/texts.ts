import type { SwapErrorCode, SwapErrorPayloads } from "./payloads";
import { type ErrorText, type ErrorTexts, type ReadErrorCode, readTexts } from "./read/texts";

const when = (at: number | undefined): string =>
  at === undefined ? "at an unknown time" : at === 0 ? "by a seed" : `at ${time(at)}`;

/** Formats a time as ISO 8601; a number outside the range of dates is shown unchanged. */
const time = (at: number): string =>
  Number.isNaN(new Date(at).getTime()) ? String(at) : new Date(at).toISOString();

/** The fix that lets a version's table be deleted. */
function releaseHint(until: number | undefined): string {
  const first =
    until === undefined ? "activate another version first" : `wait until ${time(until)}`;
  return `${first}, or set forceDestroy and run up before destroying`;
}

const writeTexts: ErrorTexts<Exclude<SwapErrorCode, ReadErrorCode>> = {
  "swap.no-active-version": (p) => ({
    message: `alias "${p.alias}" has no active version in control table "${p.controlTable}"`,
    hint: "check the alias and the control table, or activate a first version",
  }),
  "swap.version-regressed": (p) => ({
    message:
      `version regressed: alias "${p.alias}" is at version ${p.active} ` +
      `(set ${when(p.activatedAt)} by ${p.by ?? "another writer"}), ` +
      `version ${p.requested} is not greater`,
    hint:
      p.requested === p.active
        ? `version ${p.active} is already live; nothing is left to do`
        : `declare version ${p.active} or a greater one, or roll back with rollbackFrom: ${p.active}`,
  }),
  "swap.version-barred": (p) => ({
    message: `version ${p.requested} of alias "${p.alias}" is barred: it was rolled back from`,
    hint: `activate a greater version, or lift the bar with liftBar: ${p.requested}`,
  }),
  "swap.version-retired": (p) => ({
    message: `version ${p.requested} of alias "${p.alias}" is retired: the deletion of its table was permitted`,
    hint: `activate another version, or list ${p.requested} in versions again and run pulumi up, which takes the permission back`,
  }),
  "swap.expectation-failed": (p) => ({
    message:
      `alias "${p.alias}" was expected at version ${p.expected} but ` +
      (p.active === undefined ? "has no active version" : `is at version ${p.active}`) +
      `; version ${p.requested} was not set`,
    hint: "read the live version, decide again, then set with that version expected",
  }),
  "swap.switch-in-progress": (p) => ({
    message: `another switch of alias "${p.alias}" is under way, from version ${p.from} to ${p.to} (operation ${p.operation})`,
    hint: "wait until it has ended; where it has died, the first client that holds a write for its budget removes its fence",
  }),
  "swap.fence-removed": (p) => ({
    message: `alias "${p.alias}" was not set to version ${p.requested}: the fence of this switch was removed (operation ${p.operation}), since a client had held a write for its whole budget`,
    hint: "run it again; the version before is still active, and nothing is lost",
  }),
  "swap.write-in-doubt": (p) => ({
    message: `a write to version ${p.version} of alias "${p.alias}" was answered late, and the pointer has moved since: it may be in that version alone`,
    hint: "read the item, and write it again if it is not there",
  }),
  "swap.outcome-unknown": (p) => ({
    message:
      `the outcome of setting alias "${p.alias}" to version ${p.requested} is unknown: ` +
      `a write got no answer, and no read could settle it (operation ${p.operation})`,
    hint: `read the alias once the endpoint answers; the row's op or hist holds ${p.operation} if the write was applied`,
  }),
  "swap.location-mismatch": (p) => ({
    message: `control table "${p.controlTable}" is ${p.found}, but the program declares ${p.declared}: ${p.differs}`,
    hint: p.fix,
  }),
  "swap.not-ready": (p) => ({
    message: `version ${p.version} of alias "${p.alias}" is not ready (gate ${p.gate}): ${p.reason}`,
    hint: p.fix,
  }),
  "swap.version-in-use": (p) => ({
    message: `table "${p.table}" must stay: ${p.reason}`,
    hint: p.fix ?? releaseHint(p.until),
  }),
};

/** The text of an error: the same wording in Pulumi, the CLI and the reader. */
export function errorText<C extends SwapErrorCode>(
  code: C,
  payload: SwapErrorPayloads[C],
): ErrorText {
  const texts: ErrorTexts<SwapErrorCode> = { ...readTexts, ...writeTexts };
  return texts[code](payload);
}
