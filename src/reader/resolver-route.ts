import type { Route } from "./client/route";
import { type Environment, elapsed, instant } from "./environment";
import type { Snapshot } from "./snapshot";

/** What a route needs of a resolver. */
interface RoutableResolver {
  readonly alias: string;
  resolve(): Promise<Snapshot>;
  peek(): Snapshot | undefined;
  refreshSince(mostMs: number): Promise<Snapshot>;
  retried(command: string, from: number, to: number): void;
}

/** Sends each command to the version active then, and after a dropped table to the one after. */
export function resolverRoute(followed: RoutableResolver, environment: Environment): Route {
  return {
    alias: followed.alias,
    async choose() {
      const chosenAt = instant(environment);
      const snapshot = await followed.resolve();
      return {
        snapshot,
        async renew() {
          // Of many commands that met the dropped table together, one reads for all.
          const now = followed.peek();
          return now !== undefined && now.version !== snapshot.version
            ? now
            : followed.refreshSince(elapsed(environment, chosenAt));
        },
        retried: (command, to) => followed.retried(command, snapshot.version, to.version),
      };
    },
  };
}
