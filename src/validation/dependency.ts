/**
 * Checks that a package has the undocumented functions that we use. Call it on load: otherwise a release
 * that lacks one would fail in the middle of an update, or silently omit something.
 *
 * @param release the package and the version found, such as `@pulumi/pulumi 3.270.0`
 * @param use what needs the functions
 * @param functions the functions, by name
 * @throws Error whose stack is its one-line message, since Pulumi's hosts print the stack
 */
export function assertFunctionsExist(
  release: string,
  use: string,
  functions: Record<string, unknown>,
): void {
  for (const [name, provided] of Object.entries(functions)) {
    if (typeof provided === "function") continue;
    const line = new Error(
      `${release} has no ${name}, which ${use} need: that release is not known to pulumi-swap; install one that its package.json names (npm ls @pulumi/pulumi), or a newer pulumi-swap`,
    );
    line.name = "pulumi-swap";
    line.stack = line.message;
    throw line;
  }
}
