import { assertClientRelease } from "../../aws";
import { formatType, invalidInput } from "../../validation";
import { aliasMiddleware } from "./middleware";
import type { Route } from "./route";

/** A `DynamoDBClient`, or a `DynamoDBDocumentClient` of @aws-sdk/lib-dynamodb. */
export interface RoutableClient {
  readonly middlewareStack: { clone(): object };
}

/** The parts of a client's configuration that we use. */
interface Config {
  cacheMiddleware?: boolean;
}

/** The parts of the SDK's middleware stack that we use. Its types differ between the two clients. */
interface ClientStack {
  clone(): ClientStack;
  add(
    middleware: ReturnType<typeof aliasMiddleware>,
    options: { step: "initialize"; priority: "high"; name: string; override: true },
  ): void;
}

/**
 * A client's routes, keyed by its middleware stack, because `DynamoDBDocumentClient.from` creates a new
 * client with the same stack.
 */
const routesOf = new WeakMap<object, ReadonlyMap<string, Route>>();

/** Creates a copy of a client with additional routes; a later route of an alias wins. */
export function withRoutes<C extends RoutableClient>(client: C, added: readonly Route[]): C {
  if (typeof client?.middlewareStack?.clone !== "function")
    throw invalidInput(
      "client",
      formatType(client),
      "want a client of the AWS SDK",
      "pass a DynamoDBClient or a DynamoDBDocumentClient",
    );
  assertClientRelease(client);
  const routes = new Map([
    ...(routesOf.get(client.middlewareStack) ?? []),
    ...added.map((route): [string, Route] => [route.alias, route]),
  ]);
  const stack = (client.middlewareStack as unknown as ClientStack).clone();
  stack.add(aliasMiddleware(routes), {
    step: "initialize",
    priority: "high",
    name: "pulumiSwapAliases",
    override: true,
  });
  const own = (value: unknown) => ({ value, enumerable: true, writable: true, configurable: true });
  const { config } = client as { config?: Config };
  const made: C = Object.create(client, {
    middlewareStack: own(stack),
    // Don't share the given client's cache of composed stacks: those lack the routes.
    ...(config?.cacheMiddleware === true && {
      config: own({ ...config, cacheMiddleware: false }),
    }),
  });
  routesOf.set(stack, routes);
  return made;
}
