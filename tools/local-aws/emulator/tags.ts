import { notFound, UpstreamFailure, validation } from "./failure";
import { type Json, members, text } from "./json";
import { type Operation, type RequestContext, tableNamed } from "./request-context";

const MOST_TAGS = 50;

export const tagResource: Operation = async (context, { metadata }) => {
  const table = await tagged(context);
  const tableMetadata = metadata.get(table);
  tableMetadata.tags = withTags(tableMetadata.tags, members(context.input, "Tags"));
  metadata.set(table, tableMetadata);
  return {};
};

export const untagResource: Operation = async (context, { metadata }) => {
  const table = await tagged(context);
  const tableMetadata = metadata.get(table);
  const { TagKeys: keys } = context.input;
  if (!Array.isArray(keys)) throw validation("TagKeys is missing");
  const left = Object.entries(tableMetadata.tags ?? {}).filter(([key]) => !keys.includes(key));
  metadata.set(table, { ...tableMetadata, tags: Object.fromEntries(left) });
  return {};
};

/** All tags in one answer; AWS pages after ten. */
export const listTagsOfResource: Operation = async (context, { metadata }) => {
  const { tags = {} } = metadata.get(await tagged(context));
  return { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) };
};

/** `tags` with the `Tags` of a request set. */
export function withTags(
  tags: Record<string, string> | undefined,
  wanted: Json[],
): Record<string, string> {
  const result = { ...tags };
  for (const tag of wanted) {
    const key = text(tag, "Key");
    const value = text(tag, "Value");
    if (key === undefined || value === undefined) throw validation("a tag needs a Key and a Value");
    if (key.startsWith("aws:")) throw validation(`tag ${key}: keys beginning "aws:" are reserved`);
    result[key] = value;
  }
  if (Object.keys(result).length > MOST_TAGS)
    throw validation(`a table has at most ${MOST_TAGS} tags`);
  return result;
}

async function tagged(context: RequestContext): Promise<Json> {
  const arn = text(context.input, "ResourceArn") ?? "";
  const name = /^arn:[^:]+:dynamodb:[^:]*:\d*:table\/([^/]+)$/.exec(arn)?.[1];
  if (name === undefined)
    throw validation(`Invalid TableArn: Invalid ResourceArn provided as input ${arn}`);
  const missing = notFound(`Requested resource not found: ResourcArn: ${arn} not found`);
  const table = await tableNamed(context, name).catch((error: unknown) => {
    throw error instanceof UpstreamFailure && error.is("ResourceNotFoundException")
      ? missing
      : error;
  });
  if (table.TableArn !== arn) throw missing;
  return table;
}
