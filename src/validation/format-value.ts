/** Longest value that is shown in full, in characters. */
const MAX_LENGTH = 80;

/**
 * Formats a refused value for an error message: text and plain objects as JSON, anything else as its type.
 * Always one line of bounded length; never throws.
 */
export function formatValue(value: unknown): string {
  if (value === undefined) return "(none)";
  if (typeof value === "function") return "(a function)";
  if (typeof value === "string") return JSON.stringify(truncate(value));
  if (typeof value === "symbol") return truncate(JSON.stringify(String(value)).slice(1, -1));
  if (typeof value !== "object" || value === null) return truncate(String(value));
  try {
    return isPlain(value) ? truncate(JSON.stringify(value)) : formatType(value);
  } catch {
    return "(an object)";
  }
}

/** Like {@link formatValue}, but shows only the type of an object: for values that may hold credentials. */
export function formatType(value: unknown): string {
  if (typeof value !== "object" || value === null) return formatValue(value);
  if (Array.isArray(value)) return `(a list of ${value.length})`;
  try {
    const kind: unknown = isPlain(value) ? undefined : value.constructor.name;
    return typeof kind === "string" && /^\w+$/.test(kind) ? `(${truncate(kind)})` : "(an object)";
  } catch {
    return "(an object)";
  }
}

function isPlain(value: object): boolean {
  if (Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  // An object from another realm has a different Object.prototype, whose own prototype is null.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function truncate(text: string): string {
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
}

/** A time in unix milliseconds as ISO 8601; the number itself where that holds no such time. */
export function isoOrNumber(at: number): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? String(at) : date.toISOString();
}
