import type { Snapshot } from "../snapshot";
import type { CommandInput, CommandShape } from "./command-shapes";
import { originOf, otherOrigin, unknownOrigin, unpinnedSegments } from "./pages";
import type { Choice, Route } from "./route";

/**
 * Chooses one version for each alias of a command. A continuation stays on the version of its first page.
 */
export async function chooseSnapshots(
  shape: CommandShape,
  input: CommandInput,
  routes: readonly Route[],
): Promise<Map<string, Choice>> {
  const choices = await Promise.all(
    routes.map(async (route): Promise<[string, Choice]> => {
      const continued = continuedVersion(shape, input, route);
      return [route.alias, continued ? { snapshot: continued } : await route.choose()];
    }),
  );
  return new Map(choices);
}

function continuedVersion(
  shape: CommandShape,
  input: CommandInput,
  route: Route,
): Snapshot | undefined {
  const { alias, pinned } = route;
  if (shape === "batch-get")
    return pinned ? undefined : originOf(input.RequestItems?.[alias], alias);
  if (shape !== "paged") return undefined;
  if (pinned === undefined && (input.TotalSegments ?? 1) > 1) throw unpinnedSegments(alias);
  if (input.ExclusiveStartKey === undefined) return undefined;
  const origin = originOf(input.ExclusiveStartKey, alias);
  if (pinned === undefined && origin === undefined) throw unknownOrigin(alias);
  if (pinned !== undefined && origin !== undefined && origin.version !== pinned.version)
    throw otherOrigin(origin, pinned);
  return origin;
}

/**
 * Chooses versions for the retry after a table was not found; undefined if no pointer has changed. DynamoDB
 * does not report which of several tables is missing.
 */
export async function renewSnapshots(
  choices: ReadonlyMap<string, Choice>,
): Promise<Map<string, Choice> | undefined> {
  const renewed = await Promise.all(
    [...choices].map(async ([alias, choice]): Promise<[string, Choice]> => {
      const snapshot = await choice.renew?.();
      return [alias, snapshot ? { ...choice, snapshot } : choice];
    }),
  );
  const changed = renewed.some(
    ([alias, { snapshot }]) => snapshot.version !== choices.get(alias)?.snapshot.version,
  );
  return changed ? new Map(renewed) : undefined;
}
