/** A value that an argument's rule refuses, for the error that names it. Never throws. */
export function shownInput(value: unknown): string {
  if (typeof value === "function") return "(a function)";
  if (typeof value !== "string" && typeof value !== "object") return String(value);
  try {
    return JSON.stringify(value) ?? "(an object)";
  } catch {
    return "(an object)";
  }
}
