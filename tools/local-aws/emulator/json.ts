/** A JSON object as it travels on DynamoDB's wire. */
export type Json = Record<string, unknown>;

/** Whether a value is a JSON object (neither null nor an array). */
export function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The member `name` where it is a string, else undefined. */
export function text(of: Json, name: string): string | undefined {
  const value = of[name];
  return typeof value === "string" ? value : undefined;
}

/** The member `name` where it is an object, else undefined. */
export function member(of: Json, name: string): Json | undefined {
  const value = of[name];
  return isJson(value) ? value : undefined;
}

/** The objects in the array `name`; an absent array is an empty one. */
export function members(of: Json, name: string): Json[] {
  const value = of[name];
  return Array.isArray(value) ? value.filter(isJson) : [];
}
