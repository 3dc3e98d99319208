import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export const CHECKOUT = resolve(__dirname, "../..");

export const manifest = JSON.parse(readFileSync(join(CHECKOUT, "package.json"), "utf8"));

/** What `pulumi new aws-typescript` writes into tsconfig.json: no skipLibCheck. */
export const PULUMI_NEW = {
  strict: true,
  target: "es2020",
  module: "commonjs",
  moduleResolution: "node",
  sourceMap: true,
  experimentalDecorators: true,
  noFallthroughCasesInSwitch: true,
  noImplicitReturns: true,
  forceConsistentCasingInFileNames: true,
};

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a command to its end. */
export function run(
  command: string,
  args: readonly string[],
  options: { cwd: string; env?: NodeJS.ProcessEnv },
): Promise<Ran> {
  return new Promise((done) => {
    execFile(
      command,
      args,
      { maxBuffer: 64 << 20, timeout: 600_000, ...options },
      (error, stdout, stderr) =>
        done({
          code: error ? (typeof error.code === "number" ? error.code : 1) : 0,
          stdout,
          stderr,
        }),
    );
  });
}

/** What `npm pack` reports of the archive. */
export interface Packed {
  /** The archive's path. */
  file: string;
  /** Bytes of the archive. */
  size: number;
  unpackedSize: number;
  /** Paths inside the package. */
  files: string[];
}

/** Packs the checkout as it is built: no scripts, which would build it again under other tests. */
export async function pack(): Promise<Packed> {
  const folder = mkdtempSync(join(tmpdir(), "pulumi-swap-pack-"));
  const { code, stdout, stderr } = await run(
    "npm",
    ["pack", "--ignore-scripts", "--json", "--pack-destination", folder],
    { cwd: CHECKOUT },
  );
  if (code !== 0) throw new Error(`npm pack: ${stderr}`);
  const [report] = JSON.parse(stdout);
  return {
    file: join(folder, report.filename),
    size: report.size,
    unpackedSize: report.unpackedSize,
    files: report.files.map(({ path }: { path: string }) => path).sort(),
  };
}

/** The packages that a folder has installed, by their paths in it. */
export function packagesIn(folder: string): string[] {
  const lock = readFileSync(join(folder, "node_modules/.package-lock.json"), "utf8");
  return Object.keys(JSON.parse(lock).packages);
}

/**
 * Installs the archive and other packages into a folder, from npm's cache where they are in it. The
 * others come in the versions that they name (`rollup@4.68.8`), or else in those of the checkout.
 *
 * @param archive undefined for the others alone
 * @param folder by default a new, empty one
 * @returns the folder
 */
export async function installed(
  archive: string | undefined,
  others: readonly string[] = [],
  folder = mkdtempSync(join(tmpdir(), "pulumi-swap-user-")),
): Promise<string> {
  const own = join(folder, "package.json");
  if (!existsSync(own)) writeFileSync(own, JSON.stringify({ name: "user", private: true }));
  const versions = others.map((name) =>
    name.includes("@", 1) ? name : `${name}@${manifest.devDependencies[name]}`,
  );
  const { code, stderr } = await run(
    "npm",
    [
      "install",
      "--prefer-offline",
      "--ignore-scripts",
      "--no-audit",
      "--no-fund",
      ...(archive === undefined ? [] : [archive]),
      ...versions,
    ],
    { cwd: folder },
  );
  if (code !== 0) throw new Error(`npm install: ${stderr || "no end within its time"}`);
  return folder;
}

/** Writes files into a folder, by their paths in it. */
export function write(folder: string, files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}
