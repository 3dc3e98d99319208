import * as pulumi from "@pulumi/pulumi";
import { SwapError } from "../errors";

/**
 * Refuses `deleteBeforeReplace` for a swap that releases its row: a replacement would remove the live row
 * before its successor claims it, and a delete can't see that it is part of a replacement.
 *
 * @throws pulumi.RunError
 */
export function refuseReleaseBeforeReplace<A extends { onDelete?: pulumi.Input<string> }>(
  args: A,
  opts: pulumi.CustomResourceOptions | undefined,
): A {
  if (opts?.deleteBeforeReplace !== true || args.onDelete === undefined) return args;
  const refuse = (onDelete: string) => {
    if (onDelete === "release")
      throw new pulumi.RunError(
        new SwapError("swap.input-invalid", {
          name: "deleteBeforeReplace",
          value: "true",
          rule: 'with onDelete "release" a replacement would remove the live row before its successor holds it',
          fix: "leave deleteBeforeReplace out",
        }).line,
      );
    return onDelete;
  };
  if (typeof args.onDelete === "string") refuse(args.onDelete);
  else return { ...args, onDelete: pulumi.output(args.onDelete).apply(refuse) };
  return args;
}
