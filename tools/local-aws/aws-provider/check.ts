import { type Props, plainProps, UNKNOWN } from "../../../src/plugin/host/values";
import { autoName } from "./naming";
import type { Refusal } from "./refusal";
import { RULES } from "./rules";
import { unsupportedArguments } from "./supported-arguments";
import { PROVISIONED, type TableInputs } from "./table";

/** The result of check: the inputs with defaults, and why they are refused. */
export interface Checked {
  inputs: Props;
  failures: Refusal[];
}

const LISTS = ["attributes", "globalSecondaryIndexes", "localSecondaryIndexes"];

/**
 * Fills in the defaults of the real provider (name, billingMode) and lists every rule the table
 * breaks. Values not known yet pass; check sees them again before the update.
 * @param olds the previous inputs, with wrappers; empty for a new resource
 * @param news what the program gives, with wrappers, which the answer keeps
 */
export function checkTable(urn: string, olds: Props, news: Props): Checked {
  const defaults: Props = {};
  if (news.name == null) defaults.name = autoName(urn, plainProps(olds));
  if (news.billingMode == null) defaults.billingMode = PROVISIONED;
  const { __defaults: _, ...given } = news;
  const inputs = { ...given, ...defaults, __defaults: Object.keys(defaults).sort() };
  return { inputs, failures: refusals(plainProps(inputs)) };
}

function refusals(inputs: Props): Refusal[] {
  const misshapen = LISTS.filter((name) => {
    const value = inputs[name];
    return value != null && value !== UNKNOWN && !Array.isArray(value);
  });
  if (misshapen.length > 0) {
    return misshapen.map((property) => ({ property, reason: `${property} must be a list` }));
  }
  const table = withoutUnknownLists(inputs) as unknown as TableInputs;
  return [...unsupportedArguments(inputs), ...RULES.flatMap((rule) => rule(table))];
}

/** An unknown list is put in a list, where rules find it as an unknown member. */
function withoutUnknownLists(inputs: Props): Props {
  const result = { ...inputs };
  for (const name of LISTS) if (result[name] === UNKNOWN) result[name] = [UNKNOWN];
  return result;
}
