import type { SwapErrorCode, SwapErrorPayloads } from "../payloads";

/** The message, which names the value and the rule, and the hint, which names the fix; one line each. */
export interface ErrorText {
  message: string;
  hint: string;
}

/** A text for each of some codes. */
export type ErrorTexts<C extends SwapErrorCode> = {
  [K in C]: (payload: SwapErrorPayloads[K]) => ErrorText;
};

/** Codes that readers meet, and checks of arguments. */
export type ReadErrorCode =
  | "swap.malformed-row"
  | "swap.version-out-of-range"
  | "swap.alias-invalid"
  | "swap.control-table-missing"
  | "swap.access-denied"
  | "swap.unreachable"
  | "swap.reader-stopped"
  | "swap.stale"
  | "swap.version-gone"
  | "swap.input-invalid"
  | "swap.service-error";

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
  names: "a map (M) from versions to table names",
};

/** The message about a refused input. A missing one needs no rule: `(none)` is how formatValue shows it. */
const invalidMessage = (name: string, value: string, rule: string): string =>
  value === "(none)" ? `no ${name} given` : `${name} ${value} is not valid: ${rule}`;

/** Their texts are apart: an application that only reads bundles no others. */
export const readTexts: ErrorTexts<ReadErrorCode> = {
  "swap.malformed-row": (p) => ({
    message: `control table "${p.controlTable}": the row of alias "${p.alias}" has ${p.attribute} = ${p.found}, want ${wanted[p.attribute] ?? wanted.ver}`,
    hint:
      p.attribute === "names"
        ? "write the program's versions.1.name into it; without it version 1 is another table"
        : p.attribute in wanted && p.attribute !== "ver"
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
