import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";

const SRC = resolve(__dirname, "../../src");

/** One import of a source file: types, `require` and re-exports count as well. */
export interface Import {
  /** Path below src, such as `pointer/set.ts`. */
  file: string;
  /** The specifier as written. */
  from: string;
  /** Path below src of the file it names; undefined for a package. */
  target?: string;
}

/** Paths below src of all TypeScript files. */
export const files: readonly string[] = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => name.split(sep).join("/"));

export const textOf = (file: string): string => readFileSync(join(SRC, file), "utf8");

/** Names of the entries in src itself. */
export const rootEntries = (): { name: string; folder: boolean }[] =>
  readdirSync(SRC, { withFileTypes: true }).map((entry) => ({
    name: entry.name,
    folder: entry.isDirectory(),
  }));

/** The folder of src, or `index` for the file in src itself. */
export const roomOf = (file: string): string => (file.split("/")[0] as string).replace(/\.ts$/, "");

export const imports: readonly Import[] = files.flatMap((file) => {
  const found = textOf(file).matchAll(
    /(?:\bfrom|\bimport\(|(?<![.\w])require\(|^import)\s*"([\w@./:-]+)"/gm,
  );
  return [...found].map(([, from = ""]) => {
    const target = targetOf(file, from);
    return target === undefined ? { file, from } : { file, from, target };
  });
});

function targetOf(file: string, from: string): string | undefined {
  if (!from.startsWith(".")) return undefined;
  const path = join(SRC, dirname(file), from);
  const found = [`${path}.ts`, join(path, "index.ts")].find((each) => existsSync(each));
  if (found === undefined) throw new Error(`${file} imports ${from}, which is no file of src`);
  return relative(SRC, found).split(sep).join("/");
}
