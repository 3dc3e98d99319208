import { accessSync, constants, readdirSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";

const SUFFIX = process.platform === "win32" ? ".exe" : "";

export function executable(dir, name) {
  const file = join(dir, name + SUFFIX);
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile() ? file : undefined;
  } catch {
    return undefined;
  }
}

/** Directories of PATH that hold `name`, in PATH's order. */
export function directoriesWith(name, path = process.env.PATH ?? "") {
  const dirs = path.split(delimiter).filter(Boolean);
  return [...new Set(dirs)].filter((dir) => executable(dir, name));
}

/** Languages whose host lies in one of these directories. */
export function languagesIn(...dirs) {
  const found = new Set();
  for (const dir of dirs) {
    let names = [];
    try {
      names = readdirSync(dir);
    } catch {
      continue;
    }
    for (const name of names) {
      const language = /^pulumi-language-([a-z]+)(?:\.exe)?$/.exec(name)?.[1];
      if (language) found.add(language);
    }
  }
  return [...found].sort();
}
