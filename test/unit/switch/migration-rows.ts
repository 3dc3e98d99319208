import type { Item } from "../../../src/items";
import { writtenRow } from "./control-row";

interface Input {
  Key?: Item;
  Item?: Item;
  RequestItems?: Record<string, object>;
  ExpressionAttributeValues?: Item;
}
interface Write {
  PutRequest?: { Item: Item };
  DeleteRequest?: { Key: Item };
}

/** A migration's table in memory, whose conditions and updates dynalite evaluates. */
export class MigrationRowsInMemory {
  readonly #rows = new Map<string, Item>();

  /** The answer to a request. */
  answer(action: string, input: Input): object {
    switch (action) {
      case "GetItem":
        return { Item: this.#rows.get(idOf(input.Key)) };
      case "PutItem":
      case "UpdateItem": {
        const id = idOf(input.Key ?? input.Item);
        this.#rows.set(id, writtenRow(this.#rows.get(id), input, ["pk", "sk"]));
        return {};
      }
      case "DeleteItem":
        this.#rows.delete(idOf(input.Key));
        return {};
      case "Query":
        return { Items: this.#query(input.ExpressionAttributeValues ?? {}) };
      case "BatchGetItem":
        return { Responses: mapValues(input.RequestItems, (asked) => this.#find(asked as never)) };
      case "BatchWriteItem":
        for (const writes of Object.values(input.RequestItems ?? {}))
          for (const write of writes as Write[]) this.#write(write);
        return {};
      default:
        throw new Error(`${action} is not known here`);
    }
  }

  #query({ ":pk": pk, ":sk": sk }: Item): Item[] {
    const prefix = `${pk?.S}\n${sk?.S ?? ""}`;
    const ids = [...this.#rows.keys()].filter((id) => id.startsWith(prefix)).sort();
    return ids.map((id) => this.#rows.get(id) as Item);
  }

  #find({ Keys }: { Keys: Item[] }): Item[] {
    return Keys.map((key) => this.#rows.get(idOf(key))).filter((row) => row !== undefined);
  }

  #write({ PutRequest, DeleteRequest }: Write): void {
    if (PutRequest) this.#rows.set(idOf(PutRequest.Item), PutRequest.Item);
    else this.#rows.delete(idOf(DeleteRequest?.Key));
  }
}

const idOf = (of: Item = {}): string => `${of.pk?.S}\n${of.sk?.S}`;

const mapValues = <T, U>(of: Record<string, T> = {}, change: (value: T) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(of).map(([name, value]) => [name, change(value)]));
