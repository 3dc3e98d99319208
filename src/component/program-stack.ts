import { join, sep } from "node:path";

/** The innermost frames, those of a resource's constructors: Pulumi removes them itself. */
const REMOVED_BY_PULUMI = 5;

/** The folder that holds this package's compiled code. */
const ownFolder = join(__dirname, "..", sep);
const pulumiFolder = join(sep, "@pulumi", "pulumi", sep);

type Format = (error: Error, frames: NodeJS.CallSite[]) => unknown;

/**
 * Runs a function that creates resources such that Pulumi records only the program's frames as their call
 * stack, and none of this package, of Pulumi or of Node.js. The stack is in the state of each resource, and
 * the engine writes the whole state around each step. Pulumi's host for programs installs a hook that
 * formats stacks; without such a hook the function runs as it is.
 *
 * @see https://v8.dev/docs/stack-trace-api
 */
export function withProgramStack<T>(create: () => T): T {
  const end = beginProgramStack();
  try {
    return create();
  } finally {
    end();
  }
}

/**
 * The same from now until the function that it returns is called: for `super`, which no other function can
 * call.
 */
export function beginProgramStack(): () => void {
  const format: Format | undefined = Error.prepareStackTrace;
  if (format === undefined) return () => {};
  Error.prepareStackTrace = (error, frames) => formatShort(format, error, frames);
  return () => {
    Error.prepareStackTrace = format;
  };
}

/**
 * Formats the frames of the program with the hook, which maps them through source maps. Those of Pulumi's
 * constructors it does not get: Pulumi takes a stack for each property of each resource, and mapping its own
 * frames takes most of the time in which a resource is created.
 */
function formatShort(format: Format, error: Error, frames: NodeJS.CallSite[]): unknown {
  const inner = frames.slice(0, REMOVED_BY_PULUMI);
  const program = frames.slice(REMOVED_BY_PULUMI).filter(isOfProgram);
  const [head, whole] = inner.some(isOfProgram)
    ? [undefined, format(error, [...inner, ...program])]
    : [format(error, []), format(error, program)];
  if (typeof head !== "string" || typeof whole !== "string") return whole;
  return head + inner.map((frame) => `\n    at ${frame}`).join("") + whole.slice(head.length);
}

function isOfProgram(frame: NodeJS.CallSite): boolean {
  const file = frame.getFileName();
  return (
    file !== null &&
    file !== undefined &&
    !file.startsWith("node:") &&
    !file.startsWith(ownFolder) &&
    !file.includes(pulumiFolder)
  );
}
