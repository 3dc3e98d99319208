/** Made on use: it takes longer than the rest of a run's own work. */
let collator: Intl.Collator | undefined;

/** Compares names as people sort them: `orders2` before `orders10`. */
export function compareNames(a: string, b: string): number {
  collator ??= new Intl.Collator("en", { numeric: true });
  return collator.compare(a, b) || (a < b ? -1 : 1);
}

/** Formats unix milliseconds as ISO 8601; undefined for none, for a seed's 0 and for an invalid time. */
export function formatTime(at: number | undefined): string | undefined {
  if (at === undefined || at === 0) return undefined;
  const time = new Date(at);
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}

/** Formats when a version became active, for a column: ISO 8601, `seed`, or `-` if the row has no time. */
export function formatActivationTime(at: number | undefined): string {
  return at === 0 ? "seed" : (formatTime(at) ?? "-");
}

/**
 * Formats how long ago a moment was, in its greatest unit, such as `3 d`; `-` without a time. A moment
 * ahead of this machine's clock is `now`.
 */
export function formatAge(at: number | undefined, now: number): string {
  if (formatTime(at) === undefined) return "-";
  const seconds = Math.floor((now - (at as number)) / 1000);
  if (seconds < 1) return "now";
  const [size, unit] = ages.find(([size]) => seconds >= size) ?? [1, "s"];
  return `${Math.floor(seconds / size)} ${unit}`;
}

/** Units of an age, with their seconds. */
const ages: [number, string][] = [
  [86_400, "d"],
  [3_600, "h"],
  [60, "min"],
  [1, "s"],
];

const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** Formats bytes for people, such as `1.5 MiB`. */
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
 * Escapes control characters: other programs write rows and table names, and their text must not control
 * the terminal.
 */
export function escapeControlCharacters(text: string): string {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** DynamoDB's own number of items. It says 0 also of a table that has items since its last count. */
export const formatItems = (items: number | null): string =>
  items === null ? "-" : items === 0 ? "not counted" : formatCount(items);

/** Formats a count with separators. */
export const formatCount = (count: number): string => count.toLocaleString("en-US");
