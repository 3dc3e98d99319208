import { inputError } from "../errors";
import { routeOf } from "../pointer-resolver";
import type { Resolver } from "../resolver";
import type { Snapshot } from "../snapshot";
import { pinnedRoute, type Route } from "./route";
import { type RoutableClient, withRoutes } from "./routed-client";

/**
 * A client whose item commands may name an alias as their table and reach its active version. It
 * shares the configuration and connections of the one given, which stays as it is; commands that
 * name other tables pass untouched.
 *
 * - GetItem, PutItem, UpdateItem, DeleteItem, SearchVectors, BatchGetItem, BatchWriteItem,
 *   TransactGetItems and TransactWriteItems go to the version active when they are sent. Answers are
 *   filed under the alias.
 * - Query and Scan stay on the version of their first page as long as each `ExclusiveStartKey` is
 *   the `LastEvaluatedKey` object of the page before, as with the SDK's paginators. A copy is
 *   refused, since nothing shows its version, and so is a parallel scan, whose segments start one by
 *   one: use {@link pin} for both.
 * - A BatchGetItem of an answer's own `UnprocessedKeys` stays on its version too; a BatchWriteItem
 *   of `UnprocessedItems` goes to the active one, where writes belong.
 * - A table that is not found is taken for dropped: the pointer is read once and, where it has
 *   moved, the command is sent once more. A continuation is not: it rejects with
 *   `swap.version-gone`.
 * - PartiQL and commands about tables are refused when they name the alias.
 *
 * @param client a `DynamoDBClient` or a `DynamoDBDocumentClient`
 * @throws SwapError `swap.input-invalid`; commands reject as `Resolver.resolve` does
 * @example
 * ```ts
 * const db = follow(DynamoDBDocumentClient.from(client), orders);
 * await db.send(new GetCommand({ TableName: "orders", Key: { id: "1" } }));
 * ```
 */
export function follow<C extends RoutableClient>(client: C, ...resolvers: Resolver[]): C {
  return withRoutes(client, resolvers.map(followedRoute));
}

/** The route of a resolver. */
export function followedRoute(resolver: Resolver): Route {
  const route = routeOf(resolver);
  if (route === undefined)
    throw inputError("resolver", resolver, "createResolver did not make it", "pass its resolvers");
  return route;
}

/**
 * A client whose item commands may name an alias and reach the version of a snapshot, whatever
 * becomes active meanwhile: for one request, or one pagination. Given a client that follows or pins
 * the alias already, the snapshot takes its place; other aliases stay as they were.
 *
 * Commands behave as with {@link follow}, except that any `ExclusiveStartKey` is taken, unless it is
 * known to be of another version, and that a table that is not found is an error at once.
 *
 * @param client a `DynamoDBClient` or a `DynamoDBDocumentClient`
 * @throws SwapError `swap.input-invalid`; commands reject with `swap.version-gone` where the
 * version's table does not exist
 * @example
 * ```ts
 * const db = pin(client, await orders.snapshot());
 * for await (const page of paginateScan({ client: db }, { TableName: "orders" })) handle(page);
 * ```
 */
export function pin<C extends RoutableClient>(client: C, ...snapshots: Snapshot[]): C {
  for (const snapshot of snapshots)
    if (typeof snapshot?.alias !== "string" || typeof snapshot.table !== "string")
      throw inputError(
        "snapshot",
        snapshot,
        "want what snapshot() or snapshotAt() gives",
        "pass await resolver.snapshot(), or snapshotAt(alias, version)",
      );
  return withRoutes(client, snapshots.map(pinnedRoute));
}
