import { readFileSync } from "node:fs";
import { join } from "node:path";
import { zipSync } from "fflate";

const built = (file: string) => readFileSync(join(__dirname, "../../dist/lambda", file));

/** A function's archive as the component makes it: the built code, and the transform's text. */
export function functionArchive(transform: string): Uint8Array {
  return zipSync({
    "index.js": built("index.js"),
    "code.br": built("code.br"),
    "transform.mjs": new TextEncoder().encode(transform),
  });
}
