import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { EngineError } from "./errors.mjs";

const ANSWER_MS = 5_000;
const STALL_MS = 30_000;

/** The SHA-256 that a checksums file (`<hex>  <name>` a line, as sha256sum writes) gives for `name`. */
export function readChecksum(text, name) {
  for (const line of text.split("\n")) {
    const match = /^([0-9a-f]{64})\s+\*?(\S+)\s*$/i.exec(line);
    if (match?.[2] === name) return match[1].toLowerCase();
  }
  throw new EngineError(`the published checksums do not name ${name}`);
}

export async function fetchText(url) {
  const watch = watchdog(ANSWER_MS);
  try {
    return await (await open(url, watch)).text();
  } catch (error) {
    throw unreachable(url, error);
  } finally {
    watch.end();
  }
}

/** Saves `url` as `file`, or refuses it: the caller deletes the folder of a file that was refused. */
export async function fetchVerified(url, file, expected, onProgress) {
  const watch = watchdog(ANSWER_MS);
  const hash = createHash("sha256");
  try {
    const response = await open(url, watch);
    const total = Number(response.headers.get("content-length") ?? 0);
    let received = 0;
    await pipeline(
      Readable.fromWeb(response.body),
      async function* (chunks) {
        for await (const chunk of chunks) {
          watch.restart(STALL_MS);
          hash.update(chunk);
          received += chunk.length;
          onProgress({ received, total });
          yield chunk;
        }
      },
      createWriteStream(file),
    );
  } catch (error) {
    throw unreachable(url, error);
  } finally {
    watch.end();
  }
  const actual = hash.digest("hex");
  if (actual !== expected) {
    throw new EngineError(
      `refused ${url}: its SHA-256 is ${actual}, the published one ${expected}`,
    );
  }
}

async function open(url, watch) {
  // A body that fetch() decompressed would no longer have the published checksum.
  const response = await fetch(url, {
    signal: watch.signal,
    headers: { "accept-encoding": "identity" },
  });
  if (!response.ok) throw new EngineError(`${url} answered HTTP ${response.status}`);
  return response;
}

/** fetch() itself waits minutes for a firewall that drops packets. */
function watchdog(ms) {
  const controller = new AbortController();
  const fire = (after) =>
    setTimeout(() => controller.abort(new Error(`nothing received for ${after / 1000} s`)), after);
  let timer = fire(ms);
  return {
    signal: controller.signal,
    restart(after) {
      clearTimeout(timer);
      timer = fire(after);
    },
    end: () => clearTimeout(timer),
  };
}

function unreachable(url, error) {
  if (error instanceof EngineError) return error;
  const why = error.cause?.code ?? error.cause?.message ?? error.message;
  return new EngineError(`${new URL(url).host} is not reachable (${why})`);
}
