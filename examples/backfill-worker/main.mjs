// Copies the active version's items into a newer version's table, changing each on the way:
//
//   node examples/backfill-worker/main.mjs 2 --transform ./examples/backfill-worker/to-cents.mjs
//
// Environment: SWAP_CONTROL_TABLE and SWAP_ALIAS, as the component's worker environment injects
// them. Region, credentials and endpoint come from the AWS SDK's own chain. It may be stopped at any
// time: the same command continues where it stopped. See docs/reader.md.
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { resolveTable, tableName } from "pulumi-swap/pointer";
import { readArguments, UsageError } from "./arguments.mjs";
import { Checkpoint } from "./checkpoint.mjs";
import { copySegment } from "./copy-segment.mjs";
import { Progress } from "./progress.mjs";
import { RateLimit } from "./rate-limit.mjs";

async function main() {
  const options = await readArguments(process.argv.slice(2), process.env);
  const { alias, controlTable, to } = options;
  const client = new DynamoDBClient({ maxAttempts: 10 });
  const { version: from, table: source } = await resolveTable({ client, controlTable }, alias);
  if (from >= to) throw new UsageError(`version ${from} of ${alias} is active: name a greater one`);
  const target = tableName(alias, to);

  const checkpoint = await Checkpoint.open(options.checkpoint, {
    alias,
    from,
    to,
    segments: options.segments,
  });
  if (checkpoint.done) {
    console.log(`nothing left to do; remove ${options.checkpoint} to copy ${source} again`);
    return;
  }
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  process.once("SIGINT", interrupt);
  process.once("SIGTERM", interrupt);

  const progress = new Progress(checkpoint);
  const job = {
    client,
    source,
    target,
    checkpoint,
    signal: stop.signal,
    rate: new RateLimit(options.rate),
    transform: (item) => options.transform(item, { alias, from, to }),
    keepNewer: options.keepNewer,
  };
  try {
    const segments = [...Array(options.segments).keys()];
    const ends = await Promise.allSettled(
      segments.map((segment) =>
        copySegment(job, segment).catch((error) => {
          stop.abort();
          throw error;
        }),
      ),
    );
    const failed = ends.find(({ status }) => status === "rejected");
    if (failed) throw failed.reason;
  } finally {
    progress.end();
    client.destroy();
  }
  if (!checkpoint.done) {
    console.error("stopped; the same command goes on from here");
    process.exitCode = 130;
    return;
  }
  console.log(`backfilled ${source} into ${target}: ${checkpoint.summary}`);
}

main().catch((error) => {
  // One line for people; `line` is that of a SwapError, with its fix.
  console.error(error.line ?? error.message);
  process.exitCode = error instanceof UsageError ? 2 : 1;
});
