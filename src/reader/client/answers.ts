import type { Snapshot } from "../snapshot";
import { renamedKeys } from "./names";
import type { Answer, Shape } from "./shapes";

/** A copy of the answer that names aliases where the given one names their tables. */
export function withAliases(
  shape: Shape,
  answer: Answer,
  chosen: ReadonlyMap<string, Snapshot>,
): Answer {
  const aliases = new Map([...chosen.values()].map(({ table, alias }) => [table, alias]));
  const aliasOf = (name: string) => aliases.get(name) ?? name;
  const capacity = answer.ConsumedCapacity;
  return {
    ...answer,
    ...(capacity !== undefined && {
      ConsumedCapacity: Array.isArray(capacity)
        ? capacity.map((each) => renamedCapacity(each, aliasOf))
        : renamedCapacity(capacity, aliasOf),
    }),
    ...(shape !== "single" && shape !== "paged" && keyedByTable(answer, aliasOf)),
  };
}

function keyedByTable(
  { Responses, UnprocessedKeys, UnprocessedItems, ItemCollectionMetrics }: Answer,
  aliasOf: (name: string) => string,
): Answer {
  return {
    ...(Responses !== undefined &&
      !Array.isArray(Responses) && { Responses: renamedKeys(Responses, aliasOf) }),
    ...(UnprocessedKeys && { UnprocessedKeys: renamedKeys(UnprocessedKeys, aliasOf) }),
    ...(UnprocessedItems && { UnprocessedItems: renamedKeys(UnprocessedItems, aliasOf) }),
    ...(ItemCollectionMetrics && {
      ItemCollectionMetrics: renamedKeys(ItemCollectionMetrics, aliasOf),
    }),
  };
}

function renamedCapacity(
  capacity: { TableName?: string },
  aliasOf: (name: string) => string,
): { TableName?: string } {
  return capacity.TableName === undefined
    ? capacity
    : { ...capacity, TableName: aliasOf(capacity.TableName) };
}
