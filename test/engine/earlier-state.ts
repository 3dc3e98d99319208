import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Project } from "./project";

/** A resource as Pulumi stores it. */
export interface Stored {
  urn: string;
  type: string;
  protect?: boolean;
  delete?: boolean;
  dependencies?: string[];
  stackTrace?: { sourcePosition?: string }[];
}

/** The resources of a stack as Pulumi stores them. */
export async function stored(project: Project): Promise<Stored[]> {
  const { output } = await project.pulumi("stack", "export");
  return JSON.parse(output).deployment.resources ?? [];
}

/**
 * Makes a stack's state what a release without retention plans left: without a plan, and with
 * Pulumi's protection on one table.
 *
 * @param protects the end of the URN of that table; none where it is left out
 */
export async function asOfEarlierRelease(project: Project, protects?: string): Promise<void> {
  const exported = JSON.parse((await project.pulumi("stack", "export")).output);
  const isPlan = (of: string) => of.includes("RetentionPlan");
  const resources: Stored[] = exported.deployment.resources;
  exported.deployment.resources = resources
    .filter(({ type }) => !isPlan(type))
    .map((each) => ({
      ...each,
      ...(each.dependencies && {
        dependencies: each.dependencies.filter((urn) => !isPlan(urn)),
      }),
      ...(protects !== undefined && each.urn.endsWith(protects) && { protect: true }),
    }));
  writeFileSync(join(project.folder, "earlier.json"), JSON.stringify(exported));
  const { code, output } = await project.pulumi("stack", "import", "--file", "earlier.json");
  if (code !== 0) throw new Error(output);
}
