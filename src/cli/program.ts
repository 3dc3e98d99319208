import type { Interfaces } from "@oclif/core";
import type { Command } from "@oclif/core/command";
import { Config } from "@oclif/core/config";

/** The parts that `tools/cli` bundles with the command, so that a run reads no other file. */
export interface Program {
  /** Folder of the package. */
  root: string;
  /** The fields of package.json that oclif reads. */
  package: Interfaces.PJSON;
  /** Descriptions of the commands for help and completion, by id. */
  manifest: Readonly<Record<string, Command.Cached>>;
  /** The commands by id, loaded on use. */
  commands: Readonly<Record<string, Command.Class>>;
}

/**
 * Creates oclif's configuration from the bundled parts, without reading files. It holds what a command
 * of ours needs; `load()` adds the rest, for help, for oclif's own commands and for what is no command.
 */
export function createConfig(program: Program): Config {
  const plugin = pluginOf(program);
  const config = new BundledConfig({
    root: program.root,
    plugins: new Map([[plugin.name, plugin]]),
  });
  config.root = program.root;
  config.pjson = program.package;
  config.bin = program.package.oclif.bin ?? program.package.name;
  return config;
}

class BundledConfig extends Config {
  /** swap has no themes; looking for one would read a file at each start. */
  override async loadTheme(): Promise<undefined> {
    return undefined;
  }

  /** swap has no hooks; oclif would look for them in a plugin that only `load` names. */
  override async runHook(): Promise<{ successes: []; failures: [] }> {
    return { successes: [], failures: [] };
  }
}

function pluginOf({ root, package: pjson, manifest, commands }: Program): Interfaces.Plugin {
  const load = async (id: string): Promise<Command.Class> => {
    const command = commands[id];
    if (command === undefined) throw new Error(`command ${id} is in no bundle`);
    command.id = id;
    command.plugin = plugin;
    return command;
  };
  const plugin: Interfaces.Plugin = {
    _base: "",
    alias: pjson.name,
    name: pjson.name,
    version: pjson.version,
    type: "core",
    moduleType: "commonjs",
    isRoot: true,
    valid: true,
    hasManifest: true,
    hooks: {},
    root,
    pjson,
    options: { root },
    topics: [
      {
        name: "migrate",
        description: "Copy a version's data; pause, limit, cancel or repair the copy.",
      },
    ],
    commandsDir: undefined,
    commandIDs: Object.keys(manifest),
    commands: Object.entries(manifest).map(([id, cached]) => ({ ...cached, load: () => load(id) })),
    findCommand: load,
    load: async () => {},
  };
  return plugin;
}
