import * as pulumi from "@pulumi/pulumi";
import { mendHost } from "./host-gaps";
import type { Props } from "./values";

const WATCH_MS = 2000;

/** What a plugin's process serves. */
export interface ServedProvider extends pulumi.provider.Provider {
  /** The arguments of Configure: those of an explicit provider, or the default one's configuration. */
  configure(args: Props): void;
}

/**
 * Serves a provider to the engine that started this process.
 *
 * @param name what the plugin is called where it can't start
 */
export function serve(provider: ServedProvider, name: string): void {
  // The server also prints every refusal with its stack; the engine reports each one by itself.
  console.error = () => undefined;
  mendHost((args) => provider.configure(args));
  pulumi.provider.main(provider, process.argv.slice(2)).catch((error: Error) => {
    process.stderr.write(`${name} cannot start: ${error.message}\n`);
    process.exit(1);
  });

  // An engine that is killed tells nobody; its plugin would stay for ever.
  const engine = process.ppid;
  setInterval(() => {
    if (process.ppid !== engine) process.exit(0);
  }, WATCH_MS).unref();
}
