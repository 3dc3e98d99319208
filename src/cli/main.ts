import { settings } from "@oclif/core/settings";
import { EXIT } from "./exit-codes";
import { failureOf } from "./failure";
import { settleHome } from "./home";
import { wantsJson } from "./json";
import { flushOutput, guardOutput } from "./output";
import { line, report } from "./report";
import { fromOclif, isExit } from "./usage";

/**
 * Runs one command line to its end and sets the exit code. Nothing that goes wrong is printed by
 * oclif or Node themselves: they print stack traces and paths.
 *
 * @param root folder of the package, which holds package.json and the manifest
 */
export async function main(argv: string[], root: string): Promise<void> {
  const json = wantsJson(argv);
  const fail = (error: unknown) =>
    process.exit(report(failureOf(fromOclif(error, undefined)), json));
  process.on("uncaughtException", fail);
  process.on("unhandledRejection", fail);
  process.once("SIGINT", () => process.exit(EXIT.interrupted));
  process.removeAllListeners("warning");
  process.on("warning", ({ name, message }) => {
    // Deprecations are for the authors of this program, not for who runs it.
    if (!json && !/Deprecation|Experimental/.test(name))
      process.stderr.write(`swap: ${line(message)}\n`);
  });
  guardOutput();
  settleHome();

  // Never look for TypeScript sources, whatever NODE_ENV says.
  settings.enableAutoTranspile = false;
  try {
    const { run } = require("@oclif/core/run") as typeof import("@oclif/core/run");
    await run(argv, { root });
  } catch (error) {
    process.exitCode = isExit(error)
      ? error.oclif.exit
      : report(failureOf(fromOclif(error, undefined)), json);
  }
  await flushOutput();
  // A request that nobody waits for any more must not hold the process.
  process.exit();
}
