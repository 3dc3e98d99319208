#!/usr/bin/env node
import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ensureEngine } from "./engine.mjs";
import { EngineError } from "./errors.mjs";
import { stopRunning } from "./run.mjs";
import { say } from "./say.mjs";

export { EngineError, ensureEngine };

const USAGE = `usage: node tools/pulumi-engine/index.mjs [--json]
Prints the directory to put before PATH so that a Pulumi CLI and its language hosts are found, getting them
first where the machine has none. --json prints { binDir, version, source, languages } instead.
`;

async function main(args) {
  if (args.includes("--help") || args.includes("-h")) return void process.stdout.write(USAGE);
  const unknown = args.find((arg) => arg !== "--json");
  if (unknown) {
    process.stderr.write(`pulumi-engine: unknown argument ${unknown}\n${USAGE}`);
    process.exit(2);
  }
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ]) {
    process.on(signal, () => {
      void stopRunning().then(() => process.exit(code));
    });
  }
  const engine = await ensureEngine();
  process.stdout.write(`${args.includes("--json") ? JSON.stringify(engine) : engine.binDir}\n`);
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  main(process.argv.slice(2)).catch((error) => {
    // The message of a file system's or network's error is enough; anything else is our bug.
    const told = error instanceof EngineError || error.code;
    say(told ? error.message : `unexpected failure: ${error.stack}`);
    process.exit(1);
  });
}
