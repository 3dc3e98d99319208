import { resolverFactory } from "../../../src/reader/create-resolver";
import type { ReaderEvent } from "../../../src/reader/events";
import type { Change, ResolverOptions } from "../../../src/reader/options";
import { Clock } from "./clock";
import { ControlTable } from "./control-table";

/** A clock, a control table, and resolvers that know no others. */
export function newWorld() {
  const clock = new Clock();
  const table = new ControlTable();
  const create = resolverFactory(clock);
  const events: ReaderEvent[] = [];
  const changes: Change[] = [];
  return {
    clock,
    table,
    events,
    changes,
    kinds: () => events.map(({ kind }) => kind),
    resolver: (options: Partial<ResolverOptions> = {}) =>
      create({
        alias: "orders",
        controlTable: "control",
        client: table.client,
        onEvent: (event) => events.push(event),
        onChange: (change) => changes.push(change),
        ...options,
      }),
  };
}
