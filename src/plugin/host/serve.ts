import * as pulumi from "@pulumi/pulumi";
import { patchHost } from "./patch-host";
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
  // Before those of the server, which answers with what nobody caught, and logs its stack.
  process.on("uncaughtException", shortenError).on("unhandledRejection", shortenError);
  const cannotStart = (error: Error) => {
    process.stderr.write(`${name} cannot start: ${error.message}\n`);
    process.exit(1);
  };
  try {
    patchHost((args) => provider.configure(args));
  } catch (error) {
    cannotStart(error as Error);
  }
  pulumi.provider.main(provider, process.argv.slice(2)).catch(cannotStart);

  // An engine that is killed tells nobody; its plugin would stay for ever.
  const engine = process.ppid;
  setInterval(() => {
    if (process.ppid !== engine) process.exit(0);
  }, WATCH_MS).unref();
}

/**
 * Leaves one line of an error: no stack, and not the names of the properties that an output was on
 * its way to, of which Pulumi puts one before the other.
 */
export function shortenError(error: unknown): void {
  if (!(error instanceof Error)) return;
  const message = error.message.replace(/^(error serializing property "[^"]*": )+/, "");
  error.message = message.split("\n", 1)[0] as string;
  error.stack = error.message;
}
