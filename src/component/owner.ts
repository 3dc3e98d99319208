import * as pulumi from "@pulumi/pulumi";

/** The tag by which the tables of a VersionedTable are found again once they are not declared. */
export const OWNER_TAG = "pulumi-swap:owner";

/**
 * Who keeps a table: `<project>/<stack>/<resource name>`, in the characters that a tag may hold.
 *
 * @see https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
 */
export function ownerOf(resourceName: string): string {
  return `${pulumi.getProject()}/${pulumi.getStack()}/${resourceName}`
    .replace(/[^\w\s+\-=.:/@]/g, "_")
    .slice(0, 256);
}
