import { readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliDecompressSync } from "node:zlib";

/** Reads the page that the build has made; `root` is the folder of the package. */
export function readPage(root: string): string {
  return brotliDecompressSync(
    readFileSync(join(root, "dist/command/dashboard.html.br")),
  ).toString();
}

/** The content security policy in the page, and that nothing may frame it. */
export function contentPolicy(page: string): string {
  const [, policy = "default-src 'none'"] =
    /Content-Security-Policy" content="([^"]+)"/.exec(page) ?? [];
  return `${policy}; frame-ancestors 'none'`;
}

/**
 * The page with facts in it. No text of them can end the element that holds them.
 *
 * @param facts JSON; null for a page that gets them from its server
 */
export function pageWith(page: string, mode: "live" | "report", facts: string | null): string {
  const shown = mode === "report" ? page.replace("connect-src 'self'", "connect-src 'none'") : page;
  return shown
    .replace("__MODE__", mode)
    .replace("__FACTS__", () => (facts ?? "null").replaceAll("<", "\\u003c"));
}
