import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Transform } from "../../migration";
import { formatValue } from "../../validation";
import { usageError } from "../usage";

/** A transform and what identifies it. */
export interface LoadedTransform {
  /** Absent if items are copied unchanged. */
  transform: Transform | undefined;
  /** 16 hexadecimal digits of the file's SHA-256; "none" without a file. Files it imports don't count. */
  hash: string;
}

/**
 * Loads a transform: the default export of a module.
 *
 * @param flag what names the file, for errors
 * @throws SwapError `swap.input-invalid` if the file can't be read or loaded, or has no such export
 */
export async function loadTransform(
  file: string | undefined,
  flag = "--transform",
): Promise<LoadedTransform> {
  if (file === undefined) return { transform: undefined, hash: "none" };
  const path = resolve(file);
  const refused = (rule: string, fix: string) =>
    usageError(`flag ${flag}`, formatValue(file), rule, fix);
  const content = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    const why =
      error.code === "ENOENT" ? "there is no such file" : `it can't be read (${error.code})`;
    throw refused(why, "name a .mjs, .js or .ts file");
  });
  let module: { default?: unknown };
  try {
    module = (await importModule(path)) as typeof module;
  } catch (error) {
    const reason = (error instanceof Error ? error.message : String(error)).split("\n", 1)[0];
    throw refused(`it can't be loaded: ${reason}`, "correct it; node FILE shows where it fails");
  }
  if (typeof module.default !== "function")
    throw refused(
      "its default export is no function",
      "write export default function (item) { return item; }",
    );
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 16);
  return { transform: module.default as Transform, hash };
}

/** A loader's hook, as Node describes it. */
type LoadHook = (
  url: string,
  context: { format?: string | null },
  next: (url: string, context: { format?: string | null }) => unknown,
) => unknown;

/**
 * Imports a file. One in TypeScript is a module, whatever the type of its package: the functions of `migrateFrom` take
 * it for one too.
 */
async function importModule(path: string): Promise<unknown> {
  const { href } = pathToFileURL(path);
  // Absent before Node 22.15.
  const { registerHooks } = require("node:module") as {
    registerHooks?: (hooks: { load: LoadHook }) => { deregister(): void };
  };
  if (!path.endsWith(".ts") || registerHooks === undefined) return import(href);
  const hooks = registerHooks({
    load: (url, context, next) =>
      next(url, url === href ? { ...context, format: "module-typescript" } : context),
  });
  try {
    return await import(href);
  } finally {
    hooks.deregister();
  }
}
