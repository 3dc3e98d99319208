import { formatType, formatValue } from "./format-value";

/** What is wrong with an endpoint URL, with the value as it may be shown. */
export interface EndpointProblem {
  /** The URL without user and password, which an error must not show. */
  value: string;
  rule: string;
  fix: string;
}

/**
 * Explains why a value is not a valid endpoint; undefined if it is one, an http(s) URL without user and
 * password. Those would be stored in the stack's state, and DynamoDB ignores them.
 */
export function endpointProblem(value: unknown): EndpointProblem | undefined {
  const text = typeof value === "string" ? value : undefined;
  const shown = text === undefined ? formatType(value) : formatValue(text.replace(/[^/]*@/g, "…@"));
  if (text === undefined || !/^https?:\/\/./i.test(text) || !URL.canParse(text))
    return {
      value: shown,
      rule: "want an http:// or https:// URL",
      fix: "pass a URL such as http://127.0.0.1:8000, or leave it out for AWS",
    };
  const { username, password } = new URL(text);
  if (username === "" && password === "") return undefined;
  return {
    value: shown,
    rule: "it holds a user or a password",
    fix: "leave them out of the URL; credentials come from the environment, a profile or a role",
  };
}
