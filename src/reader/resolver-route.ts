import type { Route, WriteConfirmation } from "./client/route";
import { type Environment, elapsed, instant } from "./environment";
import type { Snapshot } from "./snapshot";

/** The parts of a resolver that a route uses. */
interface RoutableResolver {
  readonly alias: string;
  resolve(): Promise<Snapshot>;
  peek(): Snapshot | undefined;
  refreshSince(mostMs: number): Promise<Snapshot>;
  retried(command: string, from: number, to: number): void;
  readonly writes: Omit<WriteConfirmation, "environment">;
}

/** Routes each command to the active version and, after a dropped table, to its successor. */
export function resolverRoute(followed: RoutableResolver, environment: Environment): Route {
  return {
    alias: followed.alias,
    writes: { ...followed.writes, environment },
    async choose() {
      const chosenAt = instant(environment);
      const snapshot = await followed.resolve();
      return {
        snapshot,
        async renew() {
          // Commands that met the dropped table at the same time share one read.
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
