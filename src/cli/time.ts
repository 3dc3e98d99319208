/** ISO 8601 of unix milliseconds; undefined for a seed's 0, for none, and for no real time. */
export function isoTime(at: number | undefined): string | undefined {
  if (at === undefined || at === 0) return undefined;
  const time = new Date(at);
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}
