import type { Snapshot } from "../snapshot";
import { tablesInPartiql } from "./partiql";
import type { Names, Shape } from "./shapes";

/** Every table name in an input, each once. */
export function tablesIn(shape: Shape | undefined, input: Names): string[] {
  return [...new Set(allTables(shape, input))];
}

function allTables(shape: Shape | undefined, input: Names): string[] {
  switch (shape) {
    case "batch-get":
    case "batch-write":
      return Object.keys(input.RequestItems ?? {});
    case "transaction":
      return (input.TransactItems ?? []).flatMap((item) =>
        Object.values(item).flatMap((part) => part?.TableName ?? []),
      );
    case "partiql":
      return [input, ...(input.Statements ?? []), ...(input.TransactStatements ?? [])].flatMap(
        ({ Statement }) => (Statement === undefined ? [] : tablesInPartiql(Statement)),
      );
    default:
      return input.TableName === undefined ? [] : [input.TableName];
  }
}

/** A copy of the input that names tables where the given one names aliases. */
export function withTables(
  shape: Shape,
  input: Names,
  chosen: ReadonlyMap<string, Snapshot>,
): Names {
  const tableOf = (name: string) => chosen.get(name)?.table ?? name;
  switch (shape) {
    case "batch-get":
    case "batch-write":
      return { ...input, RequestItems: renamedKeys(input.RequestItems ?? {}, tableOf) };
    case "transaction":
      return {
        ...input,
        TransactItems: (input.TransactItems ?? []).map((item) =>
          Object.fromEntries(
            Object.entries(item).map(([kind, part]) => [
              kind,
              part?.TableName === undefined
                ? part
                : { ...part, TableName: tableOf(part.TableName) },
            ]),
          ),
        ),
      };
    default:
      return input.TableName === undefined
        ? input
        : { ...input, TableName: tableOf(input.TableName) };
  }
}

export function renamedKeys<V>(
  record: Record<string, V>,
  rename: (key: string) => string,
): Record<string, V> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [rename(key), value]));
}
