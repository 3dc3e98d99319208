import { UNKNOWN } from "../../validation";

export { hasUnknown, UNKNOWN } from "../../validation";

/** A property bag as the engine sends it. */
export type Props = Record<string, unknown>;

/** The key that tells `create` and `update` that they run in a preview. */
export const PREVIEW = "__preview";

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4";

/** Whether a value is an object (neither null nor an array). */
export function isObject(value: unknown): value is Props {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value without the wrappers that mark secrets and outputs. */
export function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (!isObject(value)) return value;
  if (value[SIGNATURE] === SECRET) return plain(value.value);
  if (value[SIGNATURE] === OUTPUT) return "value" in value ? plain(value.value) : UNKNOWN;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
}

/** The properties without the wrappers that mark secrets and outputs. */
export const plainProps = (props: Props): Props => plain(props) as Props;

/**
 * Prepares `outs` for sending: drops undefined values and marks as secret what is secret in `inputs`;
 * `tagsAll` follows `tags`.
 */
export function sendable(outs: Props, inputs: Props): Props {
  const result: Props = {};
  for (const [name, value] of Object.entries(outs)) {
    if (value === undefined) continue;
    const clean = withoutUndefined(value);
    const source = name === "tagsAll" ? inputs.tags : inputs[name];
    result[name] = hasSecret(source) ? { [SIGNATURE]: SECRET, value: clean } : clean;
  }
  return result;
}

function hasSecret(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasSecret);
  if (!isObject(value)) return false;
  if (value[SIGNATURE] === SECRET) return true;
  if (value[SIGNATURE] === OUTPUT) return value.secret === true || hasSecret(value.value);
  return Object.values(value).some(hasSecret);
}

function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(entries.map(([name, inner]) => [name, withoutUndefined(inner)]));
}
