import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { blocksOf, CHECKOUT } from "./blocks";

/** What a command prints on the shop of the CLI guide, moments of that run apart. */
export type Screens = Map<string, string>;

/** Dates of tables made a moment ago differ with each run. */
export const withoutNow = (text: string) =>
  text.replace(/20\d\d-\d\d-\d\dT[\d:.]+Z(?=\n|$)/g, "(a moment ago)");

/** Takes the screens of docs/cli.md again, by the script that writes them. */
export async function takeScreens(): Promise<Screens> {
  const folder = mkdtempSync(join(tmpdir(), "pulumi-swap-screens-"));
  try {
    const page = join(folder, "cli.md");
    await promisify(execFile)(process.execPath, ["docs/cli-screens.mjs", page], { cwd: CHECKOUT });
    return screensOf(readFileSync(page, "utf8"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function screensOf(text: string): Screens {
  return new Map(
    blocksOf("docs/cli.md", text)
      .filter(({ marker }) => marker.startsWith("screen: "))
      .map(({ marker, text }) => [marker.slice("screen: ".length), withoutNow(text)]),
  );
}

/** The commands of a console session, each with what it printed. */
export function sessionOf(text: string): { command: string; output: string }[] {
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const end = part.indexOf("\n");
      return end < 0
        ? { command: part, output: "" }
        : { command: part.slice(0, end), output: part.slice(end + 1).trimEnd() };
    });
}
