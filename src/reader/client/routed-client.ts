import { assertClientRelease } from "../../aws";
import { formatType, invalidInput } from "../../validation";
import { aliasMiddleware } from "./middleware";
import type { Route } from "./route";

/** A `DynamoDBClient`, or a `DynamoDBDocumentClient` of @aws-sdk/lib-dynamodb. */
export interface RoutableClient {
  readonly middlewareStack: { clone(): object };
}

/** What is used of a client's configuration. */
interface Config {
  cacheMiddleware?: boolean;
}

/** What is used of the SDK's stack, whose own types differ between the two clients. */
interface Stack {
  clone(): Stack;
  add(
    middleware: ReturnType<typeof aliasMiddleware>,
    options: { step: "initialize"; priority: "high"; name: string; override: true },
  ): void;
}

/**
 * The routes that a client has, by its middleware stack: `DynamoDBDocumentClient.from` makes another
 * client over the very stack of the one given.
 */
const routesOf = new WeakMap<object, ReadonlyMap<string, Route>>();

/** A client like the given one that also takes the routes; a later route of an alias wins. */
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
  const stack = (client.middlewareStack as unknown as Stack).clone();
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
    // The given client keeps composed stacks when it is configured to cache them, and they lack the routes.
    ...(config?.cacheMiddleware === true && {
      config: own({ ...config, cacheMiddleware: false }),
    }),
  });
  routesOf.set(stack, routes);
  return made;
}
