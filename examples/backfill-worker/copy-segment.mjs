import { ScanCommand } from "@aws-sdk/client-dynamodb";
import { putAll, putUnlessNewer } from "./write.mjs";

/** Items read at a time: what one BatchWriteItem takes, so that a checkpoint is never far behind. */
const PAGE = 25;

/** Copies one segment of a parallel scan from its place in the checkpoint to its end. */
export async function copySegment(job, segment) {
  const { client, source, checkpoint, signal, transform } = job;
  while (!checkpoint.place(segment).done && !signal.aborted) {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new ScanCommand({
        TableName: source,
        Segment: segment,
        TotalSegments: checkpoint.segments,
        ExclusiveStartKey: checkpoint.place(segment).startKey,
        Limit: PAGE,
        ConsistentRead: true,
      }),
    );
    const items = (await Promise.all(Items.map(transform))).filter((item) => item !== undefined);
    const kept = job.keepNewer ? await putUnlessNewer(job, items) : await putAll(job, items);
    await checkpoint.advance(segment, LastEvaluatedKey, {
      copied: items.length - kept,
      kept,
      left: Items.length - items.length,
    });
  }
}
