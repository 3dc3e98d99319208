/**
 * Checks that a package has functions it is used for beyond its documented interface. Done when they are
 * loaded: without it, a release that lacks one would fail in the middle of an update, or leave something
 * out in silence.
 *
 * @param release the package and the version found, such as `@pulumi/pulumi 3.270.0`
 * @param use what needs the functions
 * @param functions by their names
 * @throws Error of one line; Pulumi's hosts print the stack, so that is the same line
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
