import { MAX_BATCH_KEYS } from "../aws";
import { type Item, keyIdentity } from "../items";
import type { KeyPair } from "./confirm";
import { keepsKeys, type Mapping } from "./transform";

/**
 * Source keys held of those that share one target key: as many as one BatchGetItem reads. A transform may
 * give all items the same key.
 */
const MAX_SHARING = MAX_BATCH_KEYS;

/**
 * Finds the keys that may differ among those that scans have found. The target has to be read first: an item that
 * both tables got in between is then a candidate that agrees when it is read again.
 */
export class Located {
  readonly #targets = new Map<string, { key: Item; digest: string }>();
  readonly #sources = new Map<string, { keys: Item[]; key: Item; digest: string }>();
  #complete = true;

  constructor(private readonly mapping: Mapping) {}

  addTarget(id: string, key: Item, digest: string): void {
    this.#targets.set(id, { key, digest });
  }

  /** @param key the target key that the item maps to; `id` is its text */
  addSource(id: string, sourceKey: Item, key: Item, digest: string): void {
    const claimed = this.#sources.get(id);
    if (claimed === undefined) {
      this.#sources.set(id, { keys: [sourceKey], key, digest });
      return;
    }
    const { sourceSchema } = this.mapping;
    const same = keyIdentity(sourceKey, sourceSchema);
    if (claimed.keys.some((each) => keyIdentity(each, sourceSchema) === same)) {
      // Read twice, since a function was called again; if its value has changed, it is read once more.
      if (claimed.digest !== digest) claimed.digest = "";
    } else if (claimed.keys.length < MAX_SHARING) claimed.keys.push(sourceKey);
    else this.#complete = false;
  }

  /** The keys that may differ; not complete if more than 100 source keys share a target key. */
  candidates(): { candidates: KeyPair[]; complete: boolean } {
    const targets = new Map(this.#targets);
    const candidates: KeyPair[] = [];
    for (const [id, { keys, key, digest }] of this.#sources) {
      const [sourceKey, ...others] = keys;
      const candidate = { sourceKey, targetKey: key, scanned: true };
      if (others.length > 0) candidates.push({ ...candidate, others });
      else if (targets.get(id)?.digest !== digest) candidates.push(candidate);
      targets.delete(id);
    }
    for (const { key } of targets.values())
      candidates.push(
        keepsKeys(this.mapping) ? { sourceKey: key, targetKey: key } : { targetKey: key },
      );
    return { candidates, complete: this.#complete };
  }
}
