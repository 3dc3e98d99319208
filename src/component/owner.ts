import * as pulumi from "@pulumi/pulumi";

export { OWNER_TAG } from "../dynamic";

/**
 * Who made a table, for people who look at its tags and for stacks that have no retention plan yet: `<project>/<stack>/<resource name>`, in the characters that a tag may hold.
 *
 * @see https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
 */
export function ownerOf(resourceName: string): string {
  return `${pulumi.getProject()}/${pulumi.getStack()}/${resourceName}`
    .replace(/[^\w\s+\-=.:/@]/g, "_")
    .slice(0, 256);
}
