/** Maximum concurrent requests: fast for a hundred tables, and far below DynamoDB's limits. */
const MAX_CONCURRENCY = 8;

/** Maps values concurrently, with results in input order; the first failure ends it. */
export async function mapParallel<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const index = next++;
      results[index] = await work(items[index] as T);
    }
  };
  await Promise.all(Array.from({ length: Math.min(MAX_CONCURRENCY, items.length) }, worker));
  return results;
}
