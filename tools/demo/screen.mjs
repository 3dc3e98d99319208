const color = process.stdout.isTTY && !process.env.NO_COLOR;
const paint = (code, text) => (color ? `\u001b[${code}m${text}\u001b[0m` : text);

/** A step of the story. */
export const step = (text) => console.log(`\n${paint(1, `== ${text}`)}`);
/** A command, as a user would type it. */
export const typed = (text) => console.log(paint(36, `$ ${text}`));
/** A finding that the demo has checked. */
export const checked = (text) => console.log(paint(32, `ok: ${text}`));
/** What a command printed, set off from the story. */
export const printed = (text) => {
  for (const line of text.trimEnd().split("\n")) console.log(`  ${line}`);
};
/** Why the demo ends early. */
export const failed = (text) => console.error(paint(31, `demo failed: ${text}`));
