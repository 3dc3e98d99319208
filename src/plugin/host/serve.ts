import * as pulumi from "@pulumi/pulumi";
import { patchHost } from "./patch-host";
import type { Props } from "./values";

const WATCH_MS = 2000;

/** The provider that a plugin process serves. */
export interface ServedProvider extends pulumi.provider.Provider {
  /** The arguments of Configure: those of an explicit provider, or the default one's configuration. */
  configure(args: Props): void;
}

/**
 * Serves a provider to the engine that started this process.
 *
 * @param name the plugin's name in the message when it can't start
 */
export function serve(provider: ServedProvider, name: string): void {
  // The server also prints every refusal with its stack, but the engine already reports each one.
  console.error = () => undefined;
  // Install these handlers before the server's, which log the stack of an uncaught error.
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

  // A killed engine does not notify its plugin, which would run forever.
  const engine = process.ppid;
  setInterval(() => {
    if (process.ppid !== engine) process.exit(0);
  }, WATCH_MS).unref();
}

/**
 * Reduces an error to its one-line message: without the stack, and without the names of the properties that
 * use an output, which Pulumi prepends.
 */
export function shortenError(error: unknown): void {
  if (!(error instanceof Error)) return;
  const message = error.message.replace(/^(error serializing property "[^"]*": )+/, "");
  error.message = message.split("\n", 1)[0] as string;
  error.stack = error.message;
}
