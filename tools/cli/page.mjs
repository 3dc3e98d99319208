// Makes `dist/command/dashboard.html.br`: the page of `swap dashboard` and `swap report` as one file, compressed.
// Only the script and the style in it may run: its content security policy has their hashes.

import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { brotliCompressSync, constants } from "node:zlib";
import { build } from "esbuild";

/**
 * Builds the page.
 *
 * @returns the files in it, for their licences
 */
export async function buildPage(root) {
  const folder = "src/cli/dashboard/page";
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    stdin: {
      contents: 'import "uplot/dist/uPlot.min.css"; import "./page.css"; import "./page";',
      resolveDir: `${root}${folder}`,
    },
    outfile: "dist/command/page.js",
    bundle: true,
    format: "iife",
    platform: "browser",
    target: "es2022",
    minify: true,
    legalComments: "none",
    // package.json says that no module has side effects.
    ignoreAnnotations: true,
    metafile: true,
    write: false,
    logLevel: "warning",
  });
  const textOf = (ending) =>
    outputFiles
      .find(({ path }) => path.endsWith(ending))
      .text.replaceAll("</", "<\\/")
      .trim();
  const script = textOf(".js");
  const style = textOf(".css");
  const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  const parts = {
    POLICY: `default-src 'none'; script-src ${hash(script)}; style-src ${hash(style)}; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'`,
    STYLE: style,
    SCRIPT: script,
  };
  const page = readFileSync(`${root}${folder}/index.html`, "utf8").replace(
    /__(POLICY|STYLE|SCRIPT)__/g,
    (_, name) => parts[name],
  );
  const packed = brotliCompressSync(page, {
    params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY },
  });
  writeFileSync(`${root}dist/command/dashboard.html.br`, packed);
  return Object.keys(metafile.inputs);
}
