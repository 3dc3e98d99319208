import { spawn } from "node:child_process";

/**
 * Times each contender once a round, in a rotating order, so that a slower machine slows all of them.
 * A contender is a function that does its work and returns its own time in milliseconds.
 * @returns the times by the contenders' names
 */
export async function inTurn(rounds, contenders) {
  const names = Object.keys(contenders);
  const times = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++)
    for (let i = 0; i < names.length; i++) {
      const name = names[(i + round) % names.length];
      times[name].push(await contenders[name]());
    }
  return times;
}

/** Runs a command and returns its milliseconds; it has to exit with `code` and print `out`. */
export function timed({ name, command = process.execPath, args, env, out, code = 0 }) {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (text) => {
      stdout += text;
    });
    child.stderr.on("data", (text) => {
      stderr += text;
    });
    child.once("error", reject);
    child.once("close", (ended) => {
      const took = performance.now() - started;
      if (ended === code && stdout.trim() === out) resolve(took);
      else reject(new Error(`${name} ended with ${ended}: ${JSON.stringify(stdout + stderr)}`));
    });
  });
}
