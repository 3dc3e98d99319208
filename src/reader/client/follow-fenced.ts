import { SwapError } from "../../errors";
import { removeFence } from "../../pointer";
import { defined } from "../../validation";
import { elapsed } from "../environment";
import { inputError } from "../errors";
import type { ReadOutcome } from "../pointer-source";
import type { Resolver } from "../resolver";
import { FencedWrites } from "./fenced-writes";
import { followedRoute } from "./follow";
import type { ConfirmedSnapshot, Route, WriteConfirmation } from "./route";
import { type RoutableClient, withRoutes } from "./routed-client";
import { sendFenced } from "./send-fenced";

/**
 * Like `follow`, for writers that are to lose nothing in a switch: PutItem, UpdateItem, DeleteItem,
 * BatchWriteItem and TransactWriteItems wait while a switch has put its fence on the row, and go to the version
 * that is active then. Reads never wait.
 *
 * - A write is sent only with a pointer that a strongly consistent read, started at most 4 s ago, has confirmed.
 *   While the control table can't be read, writes fail, whatever `maxStaleMs` is.
 * - An answer that comes later than 5 s after that read counts only if another read shows that the pointer has
 *   not moved since; otherwise the write rejects with `swap.write-in-doubt`.
 * - A write waits at most as long as the fence's budget. Then the client removes the fence and goes on with the
 *   version before; the switch fails. That takes permission for UpdateItem on the row; without it the write
 *   rejects with `swap.access-denied`, and it was not sent.
 *
 * @param client a `DynamoDBClient` or a `DynamoDBDocumentClient`
 * @throws SwapError `swap.input-invalid`; commands reject as `Resolver.refresh` does, and as said above
 * @example
 * ```ts
 * const db = followFenced(DynamoDBDocumentClient.from(client), orders);
 * await db.send(new PutCommand({ TableName: "orders", Item: { id: "1" } }));
 * ```
 */
export function followFenced<C extends RoutableClient>(client: C, ...resolvers: Resolver[]): C {
  return withRoutes(
    client,
    resolvers.map((resolver) => fencedRoute(followedRoute(resolver), resolver)),
  );
}

/** One gate for all clients of a resolver, so that their waiting writes share their reads. */
const gates = new WeakMap<Resolver, FencedWrites<ConfirmedSnapshot>>();

function fencedRoute(route: Route, resolver: Resolver): Route {
  const { writes, alias } = route;
  if (writes === undefined)
    throw inputError("resolver", resolver, "it is pinned", "pass what createResolver returns");
  const { source, held, environment } = writes;
  const { ref } = source;
  const gate =
    gates.get(resolver) ??
    new FencedWrites<ConfirmedSnapshot>(
      {
        confirm: (mostMs) => confirmPointer(alias, writes, mostMs),
        held,
        removeFence: async ({ operation }) => {
          await removeFence(ref, alias, operation);
        },
        slowReads: () =>
          new SwapError("swap.service-error", {
            action: "GetItem",
            resource: ref.controlTable,
            reason: "each read took longer than a write may wait for it",
          }),
        inDoubt: ({ snapshot: { version } }, cause) =>
          new SwapError("swap.write-in-doubt", { alias, version }, { cause }),
      },
      environment,
    );
  gates.set(resolver, gate);
  return { ...route, gate, sendFenced };
}

/**
 * The pointer for a write, and its fence, by a strongly consistent read that started at most `mostMs` ago. A read
 * that fails is an error, whatever is cached, and so is one that shows another version than the resolver follows.
 */
async function confirmPointer(
  alias: string,
  { source, environment, state }: WriteConfirmation,
  mostMs: number,
): Promise<ConfirmedSnapshot> {
  let latest = state();
  const read = async (start: () => Promise<ReadOutcome>) => {
    const { error } = await start();
    latest = state();
    if (error !== undefined) throw error;
  };
  const agrees = () => latest.snapshot?.version === (latest.confirmed?.row?.version ?? 1);
  const { confirmed: before } = latest;
  if (mostMs === 0) await read(() => source.start(alias));
  else if (before === undefined || elapsed(environment, before.startedAt) > mostMs)
    await read(() => source.join(alias, mostMs));
  // Reads that overlap may end in another order.
  if (!agrees()) await read(() => source.start(alias));
  const { confirmed, snapshot } = latest;
  if (confirmed === undefined || snapshot === undefined || !agrees())
    throw new SwapError("swap.service-error", {
      action: "GetItem",
      resource: source.ref.controlTable,
      reason: `the row of alias "${alias}" has version ${confirmed?.row?.version ?? "(none)"}, and the reader keeps ${snapshot?.version ?? "none"}, since no rollback is recorded`,
    });
  const { row, startedAt } = confirmed;
  return {
    snapshot,
    identity: JSON.stringify([row?.version, row?.operation, row?.activatedAt]),
    confirmedAt: startedAt,
    ...defined({ fence: row?.fence }),
  };
}
