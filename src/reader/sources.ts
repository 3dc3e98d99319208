import type { ControlTableRef } from "../pointer";
import type { Environment } from "./environment";
import { Source } from "./source";

const sources = new WeakMap<object, Map<string, Source>>();

/** The one source of a client and a control table, made on first use. */
export function sourceOf(ref: ControlTableRef, environment: Environment): Source {
  const tables = sources.get(ref.client) ?? new Map<string, Source>();
  sources.set(ref.client, tables);
  const source = tables.get(ref.controlTable) ?? new Source(ref, environment);
  tables.set(ref.controlTable, source);
  return source;
}
