import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { type Environment, systemEnvironment } from "./environment";
import { type ResolverOptions, settingsOf } from "./options";
import { pointerResolver } from "./pointer-resolver";
import { type PointerSource, pointerSource } from "./pointer-source";
import type { Resolver } from "./resolver";

/** Creates a `createResolver` whose resolvers share their reads. */
export function resolverFactory(environment: Environment): (options: ResolverOptions) => Resolver {
  const sources = new WeakMap<DynamoDBClient, Map<string, PointerSource>>();
  return (options) => {
    const settings = settingsOf(options);
    const { client, controlTable } = settings;
    const ofClient = sources.get(client) ?? new Map<string, PointerSource>();
    sources.set(client, ofClient);
    const source =
      ofClient.get(controlTable) ?? pointerSource({ client, controlTable }, environment);
    ofClient.set(controlTable, source);
    return pointerResolver(settings, source, environment, () => {
      if (source.idle && ofClient.get(controlTable) === source) ofClient.delete(controlTable);
    });
  };
}

/**
 * Makes a resolver and starts its first read, without waiting for it.
 *
 * Resolvers with the same client and control table share their reads: one alias is a GetItem,
 * several are one BatchGetItem for up to 100 of them, or GetItem calls where the caller may not use
 * BatchGetItem. A policy that allows `dynamodb:GetItem` on the control table is therefore enough.
 *
 * @throws SwapError `swap.input-invalid` for an option out of bounds, `swap.alias-invalid`
 * @example
 * ```ts
 * const orders = createResolver({ alias: "orders", controlTable: "shop_swap", client });
 * const { table } = await orders.resolve();
 * ```
 */
export const createResolver: (options: ResolverOptions) => Resolver =
  resolverFactory(systemEnvironment);
