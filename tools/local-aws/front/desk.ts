import type { Engine } from "./engine";
import { type Json, member } from "./json";
import type { Notebook } from "./notes";

/** What every operation of the front works with. */
export interface Desk {
  engine: Engine;
  notebook: Notebook;
  /** Unix milliseconds. */
  now(): number;
  /** Lets work go on after its request was answered; stopping the front waits for it. */
  later(work: Promise<void>): void;
}

/** One request to the front. */
export interface Visit {
  input: Json;
  /** The Region the caller signed for. */
  region: string;
  /** An operation of the upstream, under the caller's credentials. */
  call(operation: string, input: Json): Promise<Json>;
}

/** An operation the front serves itself. */
export type Operation = (visit: Visit, desk: Desk) => Promise<Json>;

/** The upstream's description of a table. Fails as the upstream does where there is none. */
export async function tableNamed(visit: Visit, name: unknown): Promise<Json> {
  return member(await visit.call("DescribeTable", { TableName: name }), "Table") ?? {};
}
