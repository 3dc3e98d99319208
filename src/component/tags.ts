import * as pulumi from "@pulumi/pulumi";

/** Tags as a program gives them. */
export type Tags = pulumi.Input<Record<string, pulumi.Input<string>> | undefined>;

/**
 * Merges tags; later layers win; undefined without any. Returns a plain object if every layer is plain, so
 * that a transformation can add tags.
 */
export function mergedTags(
  layers: readonly (Tags | undefined)[],
): pulumi.Input<Record<string, pulumi.Input<string>>> | undefined {
  const given = layers.filter((layer) => layer !== undefined && layer !== null);
  if (given.length === 0) return undefined;
  if (given.every(isPlainTags)) return Object.assign({}, ...given);
  return pulumi.all(given).apply((all): Record<string, string> => Object.assign({}, ...all));
}

const isPlainTags = (tags: Tags) => !(tags instanceof Promise) && !pulumi.Output.isInstance(tags);

export { OWNER_TAG } from "../dynamic";

/**
 * The owner tag of a table, for people and for stacks without a retention plan:
 * `<project>/<stack>/<resource name>`, in the characters that a tag may hold.
 *
 * @see https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
 */
export function ownerOf(resourceName: string): string {
  return `${pulumi.getProject()}/${pulumi.getStack()}/${resourceName}`
    .replace(/[^\w\s+\-=.:/@]/g, "_")
    .slice(0, 256);
}
