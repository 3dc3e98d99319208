/** JSON with the keys of every object sorted: equal values give equal texts. */
export function stableJson(value: unknown): string {
  return JSON.stringify(value, (_key, held) =>
    held && typeof held === "object" && !Array.isArray(held)
      ? Object.fromEntries(Object.entries(held).sort(([a], [b]) => (a < b ? -1 : 1)))
      : held,
  );
}
