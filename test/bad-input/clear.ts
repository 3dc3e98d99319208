import { homedir, tmpdir } from "node:os";
import { resolve } from "node:path";
import { SECRETS } from "../support/refused-inputs";

/** Credentials that are in reach of everything tested here, and that nothing may show. */
export const planted = {
  AWS_ACCESS_KEY_ID: "AKIAPLANTEDKEYID0000",
  AWS_SECRET_ACCESS_KEY: SECRETS.access,
  AWS_SESSION_TOKEN: "planted-session-token",
  password: SECRETS.password,
};

const checkout = resolve(__dirname, "../..");

const never: [string, (text: string) => boolean][] = [
  ["a stack trace", (text) => /^\s+at |node:internal|\bat \S+ \(|Error:.*\n/m.test(text)],
  ["a local path", (text) => [checkout, homedir(), tmpdir()].some((path) => text.includes(path))],
  ["a credential", (text) => Object.values(planted).some((secret) => text.includes(secret))],
  ["[object Object]", (text) => text.includes("[object ")],
  ["a control character", (text) => /\p{Cc}/u.test(text.replaceAll("\n", ""))],
];

/** Fails on what no output may hold. */
export function expectDiscreet(text: string): void {
  for (const [what, found] of never)
    if (found(text)) throw new Error(`shows ${what}: ${JSON.stringify(text)}`);
}

/** One line that names the value and the rule, then the fix. */
export function expectClear(line: string): void {
  expectDiscreet(line);
  expect(line).not.toContain("\n");
  expect(line.length).toBeLessThan(700);
  expect(line).toMatch(/^\S.*\S; \S.*\S$/);
  expect(line).not.toMatch(/undefined is not|cannot read|is not a function|not iterable/i);
}
