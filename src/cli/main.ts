import type { Config } from "@oclif/core/config";
import { COMMANDS } from "./command-loaders";
import { EXIT } from "./exit-codes";
import { failureOf } from "./failure";
import { ensureHomeFolder } from "./home";
import { flushOutput, handleOutputErrors } from "./output";
import { createConfig, type Program } from "./program";
import { formatLine, report, wantsJson } from "./report";
import { fromOclif, isExit, unknownCommand } from "./usage";

export { COMMANDS };

/**
 * Runs one command line and sets the exit code. Prints every failure itself, because oclif and Node would
 * print stack traces and paths.
 */
export async function main(argv: string[], program: Program): Promise<void> {
  const json = wantsJson(argv);
  const fail = (error: unknown) =>
    process.exit(report(failureOf(fromOclif(error, undefined)), json));
  process.on("uncaughtException", fail);
  process.on("unhandledRejection", fail);
  process.once("SIGINT", () => process.exit(EXIT.interrupted));
  process.removeAllListeners("warning");
  process.on("warning", ({ name, message }) => {
    // Deprecations are for the authors of this program, not for its users.
    if (!json && !/Deprecation|Experimental/.test(name))
      process.stderr.write(`swap: ${formatLine(message)}\n`);
  });
  handleOutputErrors();
  ensureHomeFolder();

  try {
    await run(argv, program);
  } catch (error) {
    process.exitCode = isExit(error)
      ? error.oclif.exit
      : report(failureOf(fromOclif(error, undefined)), json);
  }
  await flushOutput();
  // A request that is no longer awaited must not keep the process alive.
  process.exit();
}

/** Does the same as oclif's `run`, without its search for plugins, hooks and sources. */
async function run(argv: string[], program: Program): Promise<void> {
  const config = createConfig(program);
  const ours = ourCommand(argv, program);
  if (ours !== undefined) {
    // oclif's own `run` of a command would load the configuration.
    await ours.start(argv.slice(1), config);
    return;
  }
  await config.load();
  const { helpAddition, versionAddition } =
    require("@oclif/core/run") as typeof import("@oclif/core/run");
  if (versionAddition(argv, config)) {
    process.stdout.write(`${config.userAgent}\n`);
    return;
  }
  if (helpAddition(argv, config)) return showHelp(argv, config);

  const { normalizeArgv } = require("@oclif/core/help") as typeof import("@oclif/core/help");
  const [id = "", ...args] = normalizeArgv(config, argv);
  const command = await config.findCommand(id)?.load();
  if (command === undefined) {
    if (config.findTopic(id)) return showHelp([id], config);
    throw unknownCommand(id, config.commandIDs);
  }
  await command.run(args, config);
}

/**
 * The command of ours that oclif would certainly run, found without loading the parts of oclif that decide.
 * Undefined where it takes them to know: behind a flag for help, and where the second word may be part of
 * a command's name, which it can't be if the command takes arguments.
 */
function ourCommand([id = "", ...rest]: string[], { manifest, package: pjson }: Program) {
  const command = Object.hasOwn(COMMANDS, id) ? COMMANDS[id] : undefined;
  const helpFlags = ["--help", ...(pjson.oclif.additionalHelpFlags ?? [])];
  if (command === undefined || rest.some((word) => helpFlags.includes(word))) return undefined;
  const takesArguments = Object.keys(manifest[id]?.args ?? {}).length > 0;
  if (!takesArguments && rest[0] !== undefined && !/^-|=/.test(rest[0])) return undefined;
  command.id = id;
  return command;
}

function showHelp(argv: string[], config: Config): Promise<void> {
  const { Help } = require("@oclif/core/help") as typeof import("@oclif/core/help");
  return new Help(config, config.pjson.oclif.helpOptions).showHelp(argv);
}
