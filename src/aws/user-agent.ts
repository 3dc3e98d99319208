/** The version of this package. A test compares it with package.json, which a bundle doesn't hold. */
export const VERSION = "0.1.0";

/** The part of this package that makes a request. */
export type UserAgentPart = "cli" | "pointer" | "provider" | "reader" | "readiness";

/** A name and its version, as the SDK takes them. */
type UserAgentPair = [name: string, version: string];

/** What the user agent of a request says of this package: `pulumi-swap/<version> md/pulumi-swap#<part>`. */
function userAgent(part: UserAgentPart): UserAgentPair[] {
  return [
    ["pulumi-swap", VERSION],
    ["md/pulumi-swap", part],
  ];
}

let defaultPart: UserAgentPart = "pointer";

/** Sets which program of this package the process runs; an application's process sets none. */
export function setUserAgentPart(part: "cli" | "provider"): void {
  defaultPart = part;
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
 * Names this package in the user agent of one command, whether the client is ours or the caller's.
 *
 * @param part the program's where left out
 * @see `HandlerExecutionContext.userAgent` of the SDK
 */
export function addUserAgent(
  command: { middlewareStack: unknown },
  part: UserAgentPart = defaultPart,
): void {
  (command.middlewareStack as Stack).add(
    (next, context) => (args) => {
      context.userAgent = [...(context.userAgent ?? []), ...userAgent(part)];
      return next(args);
    },
    { step: "initialize", name: "swapUserAgent", override: true },
  );
}
