import type { SwapErrorCode, SwapErrorPayloads } from "./payloads";

/** The message, which names the value and the rule, and the hint, which names the fix; one line each. */
export interface ErrorText {
  message: string;
  hint: string;
}

type Texts = { [C in SwapErrorCode]: (payload: SwapErrorPayloads[C]) => ErrorText };

const when = (at: number | undefined): string =>
  at === undefined ? "at an unknown time" : at === 0 ? "by a seed" : `at ${time(at)}`;

/** Formats a time as ISO 8601; a number outside the range of dates is shown unchanged. */
const time = (at: number): string =>
  Number.isNaN(new Date(at).getTime()) ? String(at) : new Date(at).toISOString();

const where = (region?: string, endpoint?: string): string =>
  (region === undefined ? "" : ` in region ${region}`) +
  (endpoint === undefined ? "" : ` at ${endpoint}`);

const wanted: Record<string, string> = {
  ver: "a whole number (N)",
  hist: "a list (L)",
  barred: "a set of numbers (NS)",
  blow: "a whole number (N)",
  bopen: "a set of numbers (NS)",
  retired: "a set of numbers (NS)",
  rlow: "a whole number (N)",
  ropen: "a set of numbers (NS)",
};

/** The message about a refused input. A missing one needs no rule: `(none)` is how formatValue shows it. */
const invalidMessage = (name: string, value: string, rule: string): string =>
  value === "(none)" ? `no ${name} given` : `${name} ${value} is not valid: ${rule}`;

/** The fix that lets a version's table be deleted. */
function releaseHint(until: number | undefined): string {
  const first =
    until === undefined ? "activate another version first" : `wait until ${time(until)}`;
  return `${first}, or set forceDestroy and run up before destroying`;
}

const texts: Texts = {
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
        : `declare version ${p.active} or a greater one, or roll back explicitly`,
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
  "swap.outcome-unknown": (p) => ({
    message:
      `the outcome of setting alias "${p.alias}" to version ${p.requested} is unknown: ` +
      `a write got no answer, and no read could settle it (operation ${p.operation})`,
    hint: `read the alias once the endpoint answers; the row's op or hist holds ${p.operation} if the write was applied`,
  }),
  "swap.malformed-row": (p) => ({
    message: `control table "${p.controlTable}": the row of alias "${p.alias}" has ${p.attribute} = ${p.found}, want ${wanted[p.attribute] ?? wanted.ver}`,
    hint:
      p.attribute in wanted && p.attribute !== "ver"
        ? `remove the attribute ${p.attribute} from the row; its version is intact`
        : "repair or delete the row; it is never read as version 0",
  }),
  "swap.version-out-of-range": (p) => ({
    message:
      p.source === "row"
        ? `the row${p.alias === undefined ? "" : ` of alias "${p.alias}"`} holds version ${p.value}: ${p.rule}`
        : invalidMessage("version", p.value, p.rule),
    hint:
      p.source === "row"
        ? "have the writer that set it choose a smaller version; it is never rounded"
        : "pass a whole number such as 4",
  }),
  "swap.alias-invalid": (p) => ({
    message: `alias ${JSON.stringify(p.alias)} is not valid: ${p.rule}`,
    hint: "use letters, digits, '_', '-' and '.', short enough for <alias>_v<N> to be a table name",
  }),
  "swap.control-table-missing": (p) => ({
    message: `control table "${p.controlTable}" does not exist${where(p.region, p.endpoint)}`,
    hint: "check its name, the region and the account; the ControlTable component creates it",
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
  "swap.access-denied": (p) => ({
    message: `${p.action} on "${p.resource}" was refused: ${p.reason}`,
    hint: p.fix,
  }),
  "swap.unreachable": (p) => ({
    message: `no answer from ${p.endpoint} to ${p.action}: ${p.reason}`,
    hint: "check the region, the endpoint and the network, then try again",
  }),
  "swap.reader-stopped": (p) => ({
    message: `the resolver of alias "${p.alias}" in control table "${p.controlTable}" was stopped`,
    hint: "stop it after its last use, or make another with createResolver",
  }),
  "swap.stale": (p) => ({
    message:
      `the pointer of alias "${p.alias}" is stale: control table "${p.controlTable}" last ` +
      `confirmed version ${p.version} ${p.stalenessMs} ms ago, maxStaleMs is ${p.maxStaleMs}, ` +
      `and reading it fails: ${p.reason}`,
    hint: `${p.fix}; a greater maxStaleMs outlives longer outages`,
  }),
  "swap.version-gone": (p) => ({
    message:
      `${p.action} is held on version ${p.version} of alias "${p.alias}", ` +
      `and table "${p.table}" does not exist`,
    hint:
      "take a new snapshot and start the request or the listing again; " +
      "where this happens often, keep dropped versions for a longer grace period",
  }),
  "swap.input-invalid": (p) => ({
    message: invalidMessage(p.name, p.value, p.rule),
    hint: p.fix,
  }),
  "swap.service-error": (p) => ({
    message: `${p.action} on "${p.resource}" failed: ${p.reason}`,
    hint:
      p.requestId === undefined
        ? "see the DynamoDB error reference for this message"
        : `see the DynamoDB error reference for this message (request ${p.requestId})`,
  }),
};

/** The text of an error: the same wording in Pulumi, the CLI and the reader. */
export function errorText<C extends SwapErrorCode>(
  code: C,
  payload: SwapErrorPayloads[C],
): ErrorText {
  return texts[code](payload);
}
