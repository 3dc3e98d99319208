import { readFileSync } from "node:fs";
import { join } from "node:path";
import { zipSync } from "fflate";

const bundle = join(__dirname, "../../dist/lambda/index.js");

/** A function's archive as the component makes it: the built code, and the transform's text. */
export function functionArchive(transform: string): Uint8Array {
  return zipSync({
    "index.js": readFileSync(bundle),
    "transform.mjs": new TextEncoder().encode(transform),
  });
}
