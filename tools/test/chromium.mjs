// Finds a Chromium for the tests of the page and the pictures of the docs: the one that CHROMIUM_PATH names, the one that a
// development dependency brings for Linux, or one of the distribution's packages. Prints what Playwright's launch takes.

import { existsSync, mkdirSync, mkdtempSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const PACKAGE = "@sparticuz/chromium";
const INSTALLED = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const ARGS = ["--no-sandbox", "--font-render-hinting=none"];

/** Options for Playwright's launch; undefined without a Chromium. */
export async function findChromium() {
  const { CHROMIUM_PATH } = process.env;
  if (CHROMIUM_PATH) return { executablePath: CHROMIUM_PATH, args: ARGS };
  const packed = await unpacked();
  if (packed) return packed;
  const executablePath = INSTALLED.find((path) => existsSync(path));
  return executablePath && { executablePath, args: ARGS };
}

/** The package's, unpacked once for each version, with the libraries that it needs; undefined on other machines. */
async function unpacked() {
  if (process.platform !== "linux" || process.arch !== "x64") return undefined;
  let bin;
  try {
    bin = join(dirname(createRequire(import.meta.url).resolve(PACKAGE)), "../bin");
  } catch {
    return undefined;
  }
  const { devDependencies } = createRequire(import.meta.url)("../../package.json");
  const cache = join(homedir(), ".cache/pulumi-swap");
  const folder = join(cache, `chromium-${devDependencies[PACKAGE]}`);
  if (!existsSync(folder)) {
    mkdirSync(cache, { recursive: true });
    // The package unpacks into the folder for temporary files, and takes a half file there for a whole one.
    const begun = mkdtempSync(join(cache, "chromium-"));
    const { TMPDIR } = process.env;
    process.env.TMPDIR = begun;
    const { default: chromium, inflate } = await import(PACKAGE);
    await chromium.executablePath();
    await inflate(join(bin, "al2023.tar.br"));
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
    // The package's names folders of Lambda.
    writeFileSync(
      join(begun, "fonts/fonts.conf"),
      `<?xml version="1.0"?><fontconfig><dir>${folder}/fonts</dir><cachedir>${folder}/fonts-cache</cachedir></fontconfig>`,
    );
    try {
      renameSync(begun, folder);
    } catch (error) {
      // Another process was first.
      if (!existsSync(folder)) throw error;
    }
  }
  // With the fonts of the package, pictures look the same on each machine.
  const env = {
    ...process.env,
    // Of the locale C it makes a language tag that Intl refuses.
    LC_ALL: "en_US.UTF-8",
    FONTCONFIG_PATH: join(folder, "fonts"),
    LD_LIBRARY_PATH: join(folder, "al2023/lib"),
  };
  return { executablePath: join(folder, "chromium"), args: ARGS, env };
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  process.stdout.write(JSON.stringify((await findChromium()) ?? null));
