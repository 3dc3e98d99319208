import type { Item } from "../../../src/items";

/** What dynalite asks of a store, for a table of one row. */
interface Store {
  options: { maxItemSize: number };
  getTable(name: string, cb: (error: null, table: object) => void): void;
  getItemDb(name: string): object;
}
type Answer = { Attributes?: Item };
type Done = (error: Error | null, answer?: Answer) => void;

type Action = (store: Store, data: object, done: Done) => void;
const updateItem = require("dynalite/actions/updateItem") as Action;
const putItem = require("dynalite/actions/putItem") as Action;
const { validateExpressions } = require("dynalite/validations") as {
  validateExpressions(data: object): string | undefined;
};

interface Conditional {
  UpdateExpression?: string;
  ConditionExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Item;
}
type Key = "pk" | "sk";
/** Expressions as dynalite understood them: what it made of them holds the values themselves. */
interface Parsed {
  ExpressionAttributeValues?: Item;
  _updates?: { paths: unknown; sections: object[] };
  _condition?: object;
}
/** By the text of the expressions, since reading them takes most of the time. */
const known = new Map<string, Parsed>();

const tableWith = (keys: readonly Key[]) => ({
  AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: "S" })),
  KeySchema: keys.map((AttributeName, index) => ({
    AttributeName,
    KeyType: index === 0 ? "HASH" : "RANGE",
  })),
});

/**
 * Makes an UpdateItem or a PutItem of one row, by dynalite's reading of the expressions.
 *
 * @param row undefined if there is none
 * @param keys the table's key attributes
 * @returns the row after it
 * @throws Error `ConditionalCheckFailedException` with the row as `Item`, and for expressions that are invalid
 */
export function writtenRow(
  row: Item | undefined,
  input: Conditional & { Item?: Item },
  keys: readonly Key[] = ["pk"],
): Item {
  const data = parsed(input);
  let after: Item = row ?? {};
  let failure: Error | null | undefined;
  const items = {
    lock: (_key: string, locked: (release: (done: Done) => Done) => void) => locked((done) => done),
    get: (_key: string, cb: (error: Error | null, item?: Item) => void) =>
      row ? cb(null, structuredClone(row)) : cb(NOT_FOUND),
    put: (_key: string, item: Item, cb: (error: null) => void) => {
      // The row must not share values with what is known.
      after = structuredClone({ ...item });
      cb(null);
    },
  };
  const table = tableWith(keys);
  const store: Store = {
    options: { maxItemSize: 409_600 },
    getTable: (_name, cb) => cb(null, table),
    getItemDb: () => items,
  };
  (input.Item ? putItem : updateItem)(store, data, (error) => {
    failure = error;
  });
  if (failure === undefined) throw new Error("dynalite does not answer at once");
  if (failure) throw conditionFailed(failure, row);
  return after;
}

const NOT_FOUND = Object.assign(new Error("no row"), { name: "NotFoundError" });

function parsed(input: Conditional): object {
  const { UpdateExpression, ConditionExpression, ExpressionAttributeNames: names } = input;
  const values = structuredClone(input.ExpressionAttributeValues ?? {});
  const types = Object.entries(values).map(([name, value]) => [name, Object.keys(value)]);
  const text = JSON.stringify([UpdateExpression, ConditionExpression, names, types]);
  let found = known.get(text);
  if (found === undefined) {
    const hasValues = input.ExpressionAttributeValues !== undefined;
    const data = { ...input, ...(hasValues && { ExpressionAttributeValues: values }) };
    const invalid = validateExpressions(data);
    if (invalid) throw new Error(invalid);
    found = data as object as Parsed;
    known.set(text, found);
  }
  for (const [name, value] of Object.entries(found.ExpressionAttributeValues ?? {}))
    Object.assign(value, values[name]);
  const { _condition, _updates: { paths, sections } = { paths: undefined, sections: [] } } = found;
  if (sections.length === 0) return { ...input, ...(_condition && { _condition }) };
  const _updates = { paths, sections: sections.map((section) => ({ ...section })) };
  return { ...input, ...(_condition && { _condition }), _updates };
}

function conditionFailed(failure: Error, row: Item | undefined): Error {
  const { body } = failure as { body?: { __type?: string } };
  const type = body?.__type?.split("#").at(-1);
  return Object.assign(failure, type && { name: type, ...(row && { Item: row }) });
}
