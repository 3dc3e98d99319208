import type { Item } from "../../../src/items";

/** What dynalite asks of a store, for a table of one row. */
interface Store {
  options: { maxItemSize: number };
  getTable(name: string, cb: (error: null, table: object) => void): void;
  getItemDb(name: string): object;
}
type Answer = { Attributes?: Item };
type Done = (error: Error | null, answer?: Answer) => void;

const updateItem = require("dynalite/actions/updateItem") as (
  store: Store,
  data: object,
  done: Done,
) => void;
const { validateExpressions } = require("dynalite/validations") as {
  validateExpressions(data: object): string | undefined;
};

interface Update {
  UpdateExpression?: string;
  ConditionExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Item;
}
/** Expressions as dynalite understood them: what it made of them holds the values themselves. */
interface Parsed {
  ExpressionAttributeValues: Item;
  _updates: { paths: unknown; sections: object[] };
  _condition: object;
}
/** By the text of the expressions, since reading them takes most of the time. */
const known = new Map<string, Parsed>();

const TABLE = {
  AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
  KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
};

/**
 * Makes an UpdateItem of one row, by dynalite's reading of the expressions.
 *
 * @returns the row after it
 * @throws Error `ConditionalCheckFailedException` with the row as `Item`, and for expressions that are invalid
 */
export function updatedRow(row: Item, input: Update): Item {
  const data = parsed(input);
  let after = row;
  let failure: Error | null | undefined;
  const items = {
    lock: (_key: string, locked: (release: (done: Done) => Done) => void) => locked((done) => done),
    get: (_key: string, cb: (error: null, item: Item) => void) => cb(null, structuredClone(row)),
    put: (_key: string, item: Item, cb: (error: null) => void) => {
      // The row must not share values with what is known.
      after = structuredClone({ ...item });
      cb(null);
    },
  };
  const store: Store = {
    options: { maxItemSize: 409_600 },
    getTable: (_name, cb) => cb(null, TABLE),
    getItemDb: () => items,
  };
  updateItem(store, data, (error) => {
    failure = error;
  });
  if (failure === undefined) throw new Error("dynalite does not answer at once");
  if (failure) throw conditionFailed(failure, row);
  return after;
}

function parsed(input: Update): object {
  const { UpdateExpression, ConditionExpression, ExpressionAttributeNames: names } = input;
  const values = structuredClone(input.ExpressionAttributeValues ?? {});
  const types = Object.entries(values).map(([name, value]) => [name, Object.keys(value)]);
  const text = JSON.stringify([UpdateExpression, ConditionExpression, names, types]);
  let found = known.get(text);
  if (found === undefined) {
    const data = { ...input, ExpressionAttributeValues: values };
    const invalid = validateExpressions(data);
    if (invalid) throw new Error(invalid);
    found = data as object as Parsed;
    known.set(text, found);
  }
  for (const [name, value] of Object.entries(found.ExpressionAttributeValues))
    Object.assign(value, values[name]);
  const { paths, sections } = found._updates;
  const _updates = { paths, sections: sections.map((section) => ({ ...section })) };
  return { ...input, _condition: found._condition, _updates };
}

function conditionFailed(failure: Error, row: Item): Error {
  const { body } = failure as { body?: { __type?: string } };
  const type = body?.__type?.split("#").at(-1);
  return Object.assign(failure, type && { name: type, Item: row });
}
