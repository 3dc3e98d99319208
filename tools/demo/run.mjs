import { spawn } from "node:child_process";

/** An expectation of the demo that did not hold. */
export class DemoFailure extends Error {}

/**
 * Runs a command to its end; standard output and standard error come back in one text.
 *
 * @param started called with the process id
 */
export function run(command, args, options, started = () => {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    if (child.pid !== undefined) started(child.pid);
    let stdout = "";
    let output = "";
    child.stdout.on("data", (data) => {
      stdout += data;
      output += data;
    });
    child.stderr.on("data", (data) => {
      output += data;
    });
    child.once("error", (error) =>
      reject(new DemoFailure(`${command} can't be started: ${error.message}`)),
    );
    child.once("close", (code) => resolve({ code, stdout: stdout.trim(), output }));
  });
}
