/** The version of this package. A test compares it with package.json, which a bundle doesn't hold. */
export const VERSION = "0.1.0";

/** The part of this package that makes a request. */
export type Part = "cli" | "pointer" | "provider" | "reader" | "readiness";

/** A name and its version, as the SDK takes them. */
type UserAgentPair = [name: string, version: string];

/**
 * What the user agent of a request says of this package, as the `customUserAgent` of a client:
 * `pulumi-swap/<version> md/pulumi-swap#<part>`.
 */
export function userAgent(part: Part): UserAgentPair[] {
  return [
    ["pulumi-swap", VERSION],
    ["md/pulumi-swap", part],
  ];
}

/** What is used of the SDK's middleware, whose types differ from command to command. */
interface Stack {
  add(
    middleware: (
      next: (args: unknown) => unknown,
      context: { userAgent?: UserAgentPair[] },
    ) => (args: unknown) => unknown,
    options: { step: "initialize"; name: string; override: true },
  ): void;
}

/**
 * Adds the same to one command, for a client of the caller's.
 * @see `HandlerExecutionContext.userAgent` of the SDK
 */
export function identify(command: { middlewareStack: unknown }, part: Part): void {
  (command.middlewareStack as Stack).add(
    (next, context) => (args) => {
      context.userAgent = [...(context.userAgent ?? []), ...userAgent(part)];
      return next(args);
    },
    { step: "initialize", name: "swapUserAgent", override: true },
  );
}
