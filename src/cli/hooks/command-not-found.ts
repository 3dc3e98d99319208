import type { Interfaces } from "@oclif/core";
import { unknownCommand } from "../usage";

/** Tells an unknown command in the one shape that all errors have. */
const hook: Interfaces.Hook.CommandNotFound = async ({ id, config }) => {
  throw unknownCommand(id, config.commandIDs);
};

export default hook;
