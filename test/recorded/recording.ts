import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

interface Deployment {
  version: number;
  deployment: { resources: Record<string, unknown>[] };
}

const file = (name: string) => join(__dirname, name);

/** The program of a recorded stack. */
export const recordedProgram = (name: string): string => readFileSync(file(name), "utf8");

/** Where the state of a recorded stack is. */
export const recordedState = (name: string): string => file(`${name}.json`);

/** Writes what `pulumi stack export` said, without what differs from machine to machine. */
export function record(name: string, exported: string): void {
  const { version, deployment } = JSON.parse(exported) as Deployment;
  const resources = deployment.resources.map((resource) => {
    const { created: _c, modified: _m, sourcePosition: _s, stackTrace: _t, ...kept } = resource;
    return kept;
  });
  const manifest = { time: "2000-01-01T00:00:00Z", magic: "", version: "" };
  const state = { version, deployment: { manifest, resources, metadata: {} } };
  writeFileSync(recordedState(name), `${JSON.stringify(state, undefined, 2)}\n`);
}
