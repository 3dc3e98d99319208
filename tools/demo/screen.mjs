import { styleText } from "node:util";

/** A step of the story. */
export const step = (text) => console.log(`\n${styleText("bold", `== ${text}`)}`);
/** A command, as a user would type it. */
export const typed = (text) => console.log(styleText("cyan", `$ ${text}`));
/** A finding that the demo has checked. */
export const checked = (text) => console.log(styleText("green", `ok: ${text}`));
/** What a command printed, set off from the story. */
export const printed = (text) => {
  for (const line of text.trimEnd().split("\n")) console.log(`  ${line}`);
};
/** Why the demo ends early. */
export const failed = (text) =>
  console.error(styleText("red", `demo failed: ${text}`, { stream: process.stderr }));
