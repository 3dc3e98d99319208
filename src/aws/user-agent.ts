/** The version of this package. A test compares it with package.json, which a bundle doesn't hold. */
export const VERSION = "0.1.0";

/** The part of this package that sends a request. */
export type UserAgentPart = "cli" | "migration" | "pointer" | "provider" | "reader" | "readiness";

/** Where the process keeps its part: for all copies of the package in it, such as the command's bundle and what it loads. */
const PART = Symbol.for("pulumi-swap.part");
const processParts = globalThis as { [PART]?: UserAgentPart };

/** A name and its version, as the SDK takes them. TypeScript 3.8 can't read labels here. */
type UserAgentPair = [string, string];

/**
 * This package's entries in the user agent: `pulumi-swap/<version> md/pulumi-swap#<part>`.
 *
 * @param part default: that of the process
 */
export function userAgent(part: UserAgentPart = processParts[PART] ?? "pointer"): UserAgentPair[] {
  return [
    ["pulumi-swap", VERSION],
    ["md/pulumi-swap", part],
  ];
}

/** Sets the user agent part for the whole process. Not called in an application's process. */
export function setUserAgentPart(part: "cli" | "provider"): void {
  processParts[PART] = part;
}

/** The parts of the SDK's middleware stack that we use. Its types differ by command. */
interface CommandStack {
  add(
    middleware: (
      next: (args: unknown) => unknown,
      context: { userAgent?: UserAgentPair[] },
    ) => (args: unknown) => unknown,
    options: { step: "initialize"; name: string; override: true },
  ): void;
}

/**
 * Adds this package to the user agent of one command, for our clients and the caller's.
 *
 * @param part default: that of the process
 * @see `HandlerExecutionContext.userAgent` of the SDK
 */
export function addUserAgent(command: { middlewareStack: unknown }, part?: UserAgentPart): void {
  (command.middlewareStack as CommandStack).add(
    (next, context) => (args) => {
      context.userAgent = [...(context.userAgent ?? []), ...userAgent(part)];
      return next(args);
    },
    { step: "initialize", name: "swapUserAgent", override: true },
  );
}
