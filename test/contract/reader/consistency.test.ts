import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { rollback } from "../../../src/pointer";
import { Shop } from "./shop";
import { onEachStore } from "./stores";

/**
 * Puts replicas that lag before a store, which has none: each read that is not strong gets the response of
 * an earlier read of the same kind, chosen in turn from all there were.
 *
 * @returns how many responses were old
 */
function lagging(client: DynamoDBClient): () => number {
  const past = new Map<string, object[]>();
  let reads = 0;
  let old = 0;
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const action = String(context.commandName);
      const answer = await next(args);
      if (!/^(Batch)?GetItem/.test(action)) return answer;
      const seen = past.get(action) ?? [];
      past.set(action, seen);
      if (seen.length > 0 && JSON.stringify(args.input).includes('"ConsistentRead":false')) {
        const chosen = seen[(reads++ * 7) % seen.length] as object;
        if (JSON.stringify(chosen) !== JSON.stringify(answer.output)) old++;
        return { ...answer, output: chosen } as typeof answer;
      }
      seen.push(answer.output);
      return answer;
    },
    { step: "initialize", priority: "high", name: "laggingReplicas" },
  );
  return () => old;
}

onEachStore(({ client }) => {
  test("through replicas that lag, readers follow sets and rollbacks and never return", async () => {
    const shop = await Shop.open(client());
    const old = lagging(shop.client);
    await shop.activate(1);
    const other = { ...shop.ref, alias: `${shop.alias}-other` };
    const shown: number[] = [];
    const options = { consistency: "eventual", refreshMs: 100, maxStaleMs: 60_000 } as const;
    const orders = shop.resolver({
      ...options,
      onChange: ({ current }) => shown.push(current.version),
    });
    // Two aliases are read by BatchGetItem.
    const others = shop.resolver({ ...options, alias: other.alias });
    await Promise.all([orders.resolve(), others.resolve()]);
    const moves: [number, () => Promise<unknown>][] = [
      [2, () => shop.activate(2)],
      [3, () => shop.activate(3)],
      [2, () => rollback(shop.ref, shop.alias, { from: 3, to: 2 })],
      [4, () => shop.activate(4)],
      [2, () => rollback(shop.ref, shop.alias, { from: 4, to: 2 })],
      [5, () => shop.activate(5)],
    ];
    for (const [version, move] of moves) {
      await move();
      expect(await orders.refresh()).toMatchObject({ version });
      // Background reads that get old responses in the meantime.
      const before = old();
      const { refreshes } = orders.status().counters;
      while (old() === before || orders.status().counters.refreshes < refreshes + 3)
        await new Promise((resolve) => setTimeout(resolve, 5));
      expect(orders.peek()).toMatchObject({ version });
    }
    expect(shown).toEqual(moves.map(([version]) => version));
    expect(others.peek()).toMatchObject({ version: 1, implicit: true });
    shop.close();
  });
});
