/** The few colours in use; each has one meaning everywhere. */
const codes = { good: 32, warning: 33, bad: 31, faint: 2, strong: 1 } as const;

export type Tone = keyof typeof codes;

/**
 * Whether a stream gets colour: FORCE_COLOR decides first, as in Node, then NO_COLOR, then whether
 * it is a terminal.
 */
export function hasColour(
  stream: { isTTY?: boolean },
  env: NodeJS.ProcessEnv = process.env,
): boolean {
  const { FORCE_COLOR: forced } = env;
  if (forced !== undefined) return forced !== "0" && forced !== "false";
  if (env.NO_COLOR) return false;
  return stream.isTTY === true && env.TERM !== "dumb";
}

/** Text in a tone, or as it is. */
export function paint(text: string, tone: Tone | undefined, colour: boolean): string {
  return colour && tone !== undefined ? `\u001b[${codes[tone]}m${text}\u001b[0m` : text;
}
