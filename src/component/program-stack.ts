import { join, sep } from "node:path";

/** The innermost frames, those of a resource's constructors: Pulumi removes them itself. */
const REMOVED_BY_PULUMI = 5;

/** The folder that holds this package's compiled code. */
const ownFolder = join(__dirname, "..", sep);
const pulumiFolder = join(sep, "@pulumi", "pulumi", sep);

/**
 * Runs a function that creates resources such that Pulumi records only the program's frames as their call
 * stack, and none of this package, of Pulumi or of Node.js. The stack is in the state of each resource, and
 * the engine writes the whole state around each step. Pulumi's host for programs installs a hook that
 * formats stacks; without such a hook the function runs as it is.
 *
 * @see https://v8.dev/docs/stack-trace-api
 */
export function withProgramStack<T>(create: () => T): T {
  const { prepareStackTrace } = Error;
  if (prepareStackTrace === undefined) return create();
  Error.prepareStackTrace = (error, frames) => prepareStackTrace(error, programFrames(frames));
  try {
    return create();
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
  }
}

const programFrames = (frames: readonly NodeJS.CallSite[]): NodeJS.CallSite[] =>
  frames.filter((frame, index) => index < REMOVED_BY_PULUMI || isOfProgram(frame.getFileName()));

function isOfProgram(file: string | null | undefined): boolean {
  return (
    file !== null &&
    file !== undefined &&
    !file.startsWith("node:") &&
    !file.startsWith(ownFolder) &&
    !file.includes(pulumiFolder)
  );
}
