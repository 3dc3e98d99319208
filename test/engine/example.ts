import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Project } from "./project";

const checkout = resolve(__dirname, "../..");

/**
 * An example of this repository, compiled by the build, as a separate project.
 *
 * @param path its folder below `examples`
 */
export function exampleProject(path: string, env: NodeJS.ProcessEnv = {}): Project {
  const compiled = join(checkout, "build/examples", path, "index.js");
  const project = new Project(`module.exports = require(${JSON.stringify(compiled)});`, { env });
  const settings = join(project.folder, "Pulumi.yaml");
  const own = readFileSync(join(checkout, "examples", path, "Pulumi.yaml"), "utf8");
  const ours = readFileSync(settings, "utf8").split("\n").slice(1).join("\n");
  writeFileSync(settings, own.replace(/^runtime: nodejs\n/m, ours));
  return project;
}

/** The path of an example's script. */
export const exampleScript = (path: string) => join(checkout, "examples", path);
