import { readFile } from "node:fs/promises";
import { zipSync } from "fflate";
import { isObject, type Props } from "../../../src/plugin/host/values";

/**
 * Makes a zip of an AssetArchive of files and texts, as the engine sends it.
 *
 * @throws Error for other kinds of archives and assets
 */
export async function zipOf({ assets }: Props): Promise<Uint8Array> {
  if (!isObject(assets))
    throw new Error("code must be an AssetArchive: the local aws stand-in takes no other");
  const files: Record<string, Uint8Array> = {};
  for (const name of Object.keys(assets).sort()) files[name] = await contentOf(name, assets[name]);
  return zipSync(files);
}

async function contentOf(name: string, asset: unknown): Promise<Uint8Array> {
  const { path, text } = isObject(asset) ? asset : {};
  if (typeof path === "string" && path !== "") return readFile(path);
  if (typeof text === "string") return Buffer.from(text);
  throw new Error(`code holds ${name}: the local aws stand-in takes files and texts`);
}
