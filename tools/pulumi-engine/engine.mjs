import { cached } from "./cache.mjs";
import { EngineError } from "./errors.mjs";
import { fromModules } from "./modules-source.mjs";
import { fromPath } from "./path-source.mjs";
import { fromRelease } from "./release-source.mjs";
import { say } from "./say.mjs";

const SOURCES = ["path", "release", "modules"];
const ORIGIN = { release: "official release", modules: "built from Go modules" };

/**
 * Returns a Pulumi CLI with its Node.js host: { binDir, version, source, languages }. Uses the cache before
 * the network: otherwise a machine that built once would wait for an unreachable host at every run.
 */
export async function ensureEngine(env = process.env) {
  const forced = env.PULUMI_SWAP_ENGINE || undefined;
  if (forced && !SOURCES.includes(forced)) {
    throw new EngineError(
      `PULUMI_SWAP_ENGINE is "${forced}"; it takes ${SOURCES.join(", ")} or nothing`,
    );
  }
  if (forced) return forcedEngine(forced, env);

  const onPath = await fromPath({ path: env.PATH });
  if (onPath.engine) return usePath(onPath.engine);
  const kept = fromCache("release") ?? fromCache("modules");
  if (kept) return kept;
  try {
    return await fromRelease(onPath.reason, env);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    say(`${error.message}; building from Go modules instead`);
    return fromModules("the release could not be had");
  }
}

async function forcedEngine(source, env) {
  const reason = `PULUMI_SWAP_ENGINE=${source}`;
  if (source === "path") {
    const { engine, reason: why } = await fromPath({ path: env.PATH });
    if (!engine) throw new EngineError(`${why}, and ${reason} allows nothing else`);
    return usePath(engine);
  }
  const get = source === "release" ? (why) => fromRelease(why, env) : fromModules;
  return fromCache(source) ?? get(reason);
}

function usePath(engine) {
  say(`using Pulumi ${engine.version} from PATH (${engine.binDir})`);
  return engine;
}

function fromCache(source) {
  const engine = cached(source);
  if (engine) say(`using cached Pulumi ${engine.version} (${ORIGIN[source]})`);
  return engine;
}
