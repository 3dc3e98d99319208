// The queries of the service. Each request uses one version from start to end.
import { GetCommand, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { match } from "pulumi-swap/errors";
import { pin, snapshotAt } from "pulumi-swap/reader";

/**
 * Runs a request on the active version. If that version's table is dropped meanwhile (the process was
 * frozen past the grace period), the whole request runs once more on the next version, so that no
 * answer mixes two.
 */
async function onOneVersion({ db, resolver }, run) {
  const view = await resolver.snapshot();
  try {
    return await run(pin(db, view), view);
  } catch (error) {
    if (!match(error, "swap.version-gone")) throw error;
    const now = await resolver.refresh();
    if (now.version === view.version) throw error;
    return run(pin(db, now), now);
  }
}

export function getItem(service, query) {
  return onOneVersion(service, async (db, { alias, version }) => {
    const Key = Object.fromEntries(query);
    const { Item } = await db.send(new GetCommand({ TableName: alias, Key }));
    return Item === undefined
      ? { status: 404, body: { version, error: "no such item" } }
      : { status: 200, body: { version, item: Item } };
  });
}

export async function listItems(service, query) {
  const limit = Math.min(Number(query.get("limit") ?? 20) || 20, 100);
  const cursor = query.get("cursor");
  if (cursor === null) return onOneVersion(service, (db, view) => page(db, view, limit));
  const { version, key } = decode(cursor);
  const view = snapshotAt(service.resolver.alias, version);
  try {
    return await page(pin(service.db, view), view, limit, key);
  } catch (error) {
    if (!match(error, "swap.version-gone")) throw error;
    return { status: 410, body: { error: `version ${version} is gone: list from the start` } };
  }
}

async function page(db, { alias, version }, Limit, ExclusiveStartKey) {
  const { Items, LastEvaluatedKey } = await db.send(
    new ScanCommand({ TableName: alias, Limit, ExclusiveStartKey }),
  );
  const cursor = LastEvaluatedKey && encode({ version, key: LastEvaluatedKey });
  return { status: 200, body: { version, items: Items, ...(cursor && { cursor }) } };
}

// A public service would sign its cursors: this one trusts them.
const encode = (cursor) => Buffer.from(JSON.stringify(cursor)).toString("base64url");
const decode = (text) => JSON.parse(Buffer.from(text, "base64url").toString());
