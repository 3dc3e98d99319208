import type { Snapshot } from "../snapshot";
import type { CommandInput, CommandOutput, CommandShape } from "./command-shapes";

/** The distinct table names in an input. */
export function tablesIn(shape: CommandShape | undefined, input: CommandInput): string[] {
  return [...new Set(allTables(shape, input))];
}

function allTables(shape: CommandShape | undefined, input: CommandInput): string[] {
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

/** Copies an input, with aliases replaced by table names. */
export function withTables(
  shape: CommandShape,
  input: CommandInput,
  chosen: ReadonlyMap<string, Snapshot>,
): CommandInput {
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

/**
 * The table names in a PartiQL statement: those after FROM, INTO or UPDATE, quoted or not. Source: DynamoDB
 * Developer Guide, "PartiQL for DynamoDB statements".
 */
export function tablesInPartiql(statement: string): string[] {
  const withoutText = statement.replace(/'(?:[^']|'')*'/g, "''");
  const named = /\b(?:FROM|INTO|UPDATE)\s+(?:"([^"]+)"|([A-Za-z0-9_-]+))/gi;
  return [...withoutText.matchAll(named)].flatMap(([, quoted, bare]) => quoted ?? bare ?? []);
}

/** Copies an output, with table names replaced by aliases. */
export function withAliases(
  shape: CommandShape,
  answer: CommandOutput,
  chosen: ReadonlyMap<string, Snapshot>,
): CommandOutput {
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
  { Responses, UnprocessedKeys, UnprocessedItems, ItemCollectionMetrics }: CommandOutput,
  aliasOf: (name: string) => string,
): CommandOutput {
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
