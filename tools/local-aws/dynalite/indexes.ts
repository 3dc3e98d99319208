import {
  createKey,
  getIndexActions,
  type IndexRecord,
  type Store,
  type TableRecord,
} from "dynalite/db";
import type { OnlineIndexes } from "../emulator/engine";
import { validation } from "../emulator/failure";
import type { Json } from "../emulator/json";

/**
 * dynalite accepts the creation and deletion of an index in UpdateTable and does nothing, so it is
 * done here, in its own store and by its own index code.
 */
export function onlineIndexes(store: Store): OnlineIndexes {
  return {
    async create(name, attributes, wanted) {
      const table = await record(store, name);
      table.AttributeDefinitions = mergedAttributes(table, attributes, wanted);
      const index = { ...wanted, ...newIndexState(table, wanted) } as unknown as IndexRecord;
      table.GlobalSecondaryIndexes = [...(table.GlobalSecondaryIndexes ?? []), index];
      // Written before the items are read: from here on dynalite puts each new item in it, too.
      await put(store, table);
      for await (const item of store.getItemDb(name).createValueStream()) {
        await addCurrent(store, table, index, createKey(item as Json, table));
      }
      index.IndexStatus = "ACTIVE";
      await put(store, table);
    },

    async drop(name, indexName) {
      const table = await record(store, name);
      const left = (table.GlobalSecondaryIndexes ?? []).filter((i) => i.IndexName !== indexName);
      if (left.length > 0) table.GlobalSecondaryIndexes = left;
      else delete table.GlobalSecondaryIndexes;
      table.AttributeDefinitions = table.AttributeDefinitions.filter(({ AttributeName }) =>
        keysOf(table).has(AttributeName),
      );
      await put(store, table);
      await new Promise<void>((resolve, reject) => {
        store.deleteIndexDb("Global", name, indexName, (e) => (e ? reject(e) : resolve()));
      });
    },
  };
}

/** Puts the item now under `key` in the index; the lock keeps a concurrent write from slipping in. */
function addCurrent(
  store: Store,
  table: TableRecord,
  index: IndexRecord,
  key: string,
): Promise<void> {
  const items = store.getItemDb(table.TableName);
  const target = store.getIndexDb("Global", table.TableName, index.IndexName);
  return new Promise((resolve, reject) => {
    items.lock(key, (release) => {
      const done = release((error) => (error ? reject(error) : resolve()));
      items.get(key, (missing, item) => {
        const action = missing
          ? undefined
          : getIndexActions([index], undefined, item, table).puts[0];
        if (action === undefined) done();
        else target.put(action.key, action.item, done);
      });
    });
  });
}

function mergedAttributes(
  table: TableRecord,
  attributes: Json[],
  index: Json,
): TableRecord["AttributeDefinitions"] {
  const known = new Map(table.AttributeDefinitions.map((a) => [a.AttributeName, a]));
  for (const attribute of attributes as unknown as TableRecord["AttributeDefinitions"]) {
    const earlier = known.get(attribute.AttributeName);
    if (earlier && earlier.AttributeType !== attribute.AttributeType) {
      throw validation(
        `One or more parameter values were invalid: attribute ${attribute.AttributeName} is of type ${earlier.AttributeType}, not ${attribute.AttributeType}`,
      );
    }
    known.set(attribute.AttributeName, attribute);
  }
  const keys = ((index.KeySchema ?? []) as IndexRecord["KeySchema"]).map((k) => k.AttributeName);
  const undefinedKey = keys.find((key) => !known.has(key));
  if (keys.length === 0 || undefinedKey !== undefined) {
    throw validation(
      `One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions. Keys: [${keys.join(", ")}], AttributeDefinitions: [${[...known.keys()].join(", ")}]`,
    );
  }
  const used = new Set([...keysOf(table), ...keys]);
  return [...known.values()].filter(({ AttributeName }) => used.has(AttributeName));
}

function newIndexState(table: TableRecord, wanted: Json): Json {
  const throughput = (wanted.ProvisionedThroughput ?? {
    ReadCapacityUnits: 0,
    WriteCapacityUnits: 0,
  }) as Json;
  return {
    IndexArn: `${table.TableArn}/index/${wanted.IndexName}`,
    IndexSizeBytes: 0,
    ItemCount: 0,
    IndexStatus: "CREATING",
    ProvisionedThroughput: { ...throughput, NumberOfDecreasesToday: 0 },
  };
}

const keysOf = ({ KeySchema, GlobalSecondaryIndexes, LocalSecondaryIndexes }: TableRecord) =>
  new Set(
    [{ KeySchema }, ...(GlobalSecondaryIndexes ?? []), ...(LocalSecondaryIndexes ?? [])].flatMap(
      (keyed) => keyed.KeySchema.map((key) => key.AttributeName),
    ),
  );

const record = (store: Store, name: string): Promise<TableRecord> =>
  new Promise((resolve, reject) => {
    store.tableDb.get(name, (error, table) => (table ? resolve(table) : reject(error)));
  });

const put = (store: Store, table: TableRecord): Promise<void> =>
  new Promise((resolve, reject) => {
    store.tableDb.put(table.TableName, table, (error) => (error ? reject(error) : resolve()));
  });
