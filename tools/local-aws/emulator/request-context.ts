import type { Engine } from "./engine";
import { type Json, member } from "./json";
import type { MetadataStore } from "./table-metadata";

/** What every operation of the emulator works with. */
export interface Emulator {
  engine: Engine;
  metadata: MetadataStore;
  /** Unix milliseconds. */
  now(): number;
  /** Lets work go on after its request was answered; stopping the emulator waits for it. */
  runInBackground(work: Promise<void>): void;
}

/** One request to the emulator. */
export interface RequestContext {
  input: Json;
  /** The Region the caller signed for. */
  region: string;
  /** An operation of the upstream, under the caller's credentials. */
  call(operation: string, input: Json): Promise<Json>;
}

/** An operation the emulator serves itself. */
export type Operation = (context: RequestContext, emulator: Emulator) => Promise<Json>;

/** The upstream's description of a table. Fails as the upstream does if there is none. */
export async function tableNamed(context: RequestContext, name: unknown): Promise<Json> {
  return member(await context.call("DescribeTable", { TableName: name }), "Table") ?? {};
}
