import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { share } from "./share.mjs";

const DECIDING = /^(pointer|readiness|retention)\//;

/**
 * Functions that any process entered, of those in the files under `dist` that any loaded.
 * @param folder what NODE_V8_COVERAGE named; each process that ended by itself has left a file there
 */
export function entered(folder, dist) {
  const base = `${pathToFileURL(dist)}/`;
  const functions = new Map();
  for (const file of readdirSync(folder)) {
    for (const { url, functions: found } of JSON.parse(readFileSync(join(folder, file), "utf8"))
      .result) {
      if (!url.startsWith(base)) continue;
      for (const { ranges } of found) {
        const [{ startOffset, endOffset, count }] = ranges;
        const id = `${url.slice(base.length)} ${startOffset} ${endOffset}`;
        functions.set(id, functions.get(id) || count > 0);
      }
    }
  }
  const of = (ids) => share(ids.filter((id) => functions.get(id)).length, ids.length);
  const ids = [...functions.keys()];
  return { all: of(ids), deciding: of(ids.filter((id) => DECIDING.test(id))) };
}
