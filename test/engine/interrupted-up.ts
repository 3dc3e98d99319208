import { spawn } from "node:child_process";
import type { Project } from "./project";

/** Runs `up` and interrupts it once when told to, as Ctrl-C does. */
export function interruptible(project: Project) {
  const up = spawn("pulumi", ["up", "--yes", "--skip-preview", "--non-interactive"], {
    cwd: project.folder,
    env: project.env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const watched: { line: RegExp; tell: () => void }[] = [];
  const take = (data: Buffer) => {
    output += data;
    for (const { line, tell } of watched) if (line.test(output)) tell();
  };
  up.stdout.on("data", take);
  up.stderr.on("data", take);
  const ended = new Promise<number | null>((done) => up.once("close", done));
  return {
    shows: (line: RegExp) => new Promise<void>((tell) => watched.push({ line, tell })),
    interrupt: () => up.kill("SIGINT"),
    ended: async () => ({ code: await ended, output }),
  };
}
