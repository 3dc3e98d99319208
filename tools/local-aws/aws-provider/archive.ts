import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { asset } from "@pulumi/pulumi";
import { zipSync } from "fflate";

/** A function's code as the engine sends it: a zip, and a hash of its content. */
export interface Code {
  zip: Uint8Array;
  sha256: string;
}

/**
 * Makes a zip of an archive of files and texts. Equal content gives an equal hash.
 *
 * @throws Error for other kinds of archives and assets
 */
export async function codeOf(archive: unknown): Promise<Code> {
  if (!asset.Archive.isInstance(archive) || !("assets" in archive))
    throw new Error("code must be an AssetArchive: the local aws stand-in takes no other");
  const assets = (await (archive as asset.AssetArchive).assets) as Record<string, unknown>;
  const files: Record<string, Uint8Array> = {};
  const hash = createHash("sha256");
  for (const name of Object.keys(assets).sort()) {
    const content = await contentOf(name, assets[name]);
    files[name] = content;
    hash.update(`${name}\0${content.length}\0`).update(content);
  }
  return { zip: zipSync(files), sha256: hash.digest("hex") };
}

async function contentOf(name: string, given: unknown): Promise<Uint8Array> {
  if (asset.Asset.isInstance(given)) {
    if ("path" in given) return readFile(await (given as asset.FileAsset).path);
    if ("text" in given) return Buffer.from(await (given as asset.StringAsset).text);
  }
  throw new Error(`code holds ${name}: the local aws stand-in takes files and texts`);
}
