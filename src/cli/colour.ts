import { styleText } from "node:util";

/** The few styles in use; each has one meaning everywhere. */
const styles = {
  good: "green",
  warning: "yellow",
  bad: "red",
  faint: "dim",
  strong: "bold",
} as const;

export type Style = keyof typeof styles;

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

/** Applies a style if colour is on. */
export function applyStyle(text: string, tone: Style | undefined, colour: boolean): string {
  if (!colour || tone === undefined) return text;
  // Skip the stream check: hasColour decides. Early releases of Node.js 22 have no such check.
  return styleText(styles[tone], text, { validateStream: false });
}
