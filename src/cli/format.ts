/** ISO 8601 of unix milliseconds; undefined for a seed's 0, for none, and for no real time. */
export function formatTime(at: number | undefined): string | undefined {
  if (at === undefined || at === 0) return undefined;
  const time = new Date(at);
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}

/** When a version became active, for a column: ISO 8601, `seed`, or `-` when the row is silent. */
export function formatActivationTime(at: number | undefined): string {
  return at === 0 ? "seed" : (formatTime(at) ?? "-");
}

const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** Bytes as people read them, such as `1.5 MiB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/**
 * Text with its control characters shown as escapes: rows and tables are named by others, and
 * what they wrote must not steer the terminal.
 */
export function escapeControlCharacters(text: string): string {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
