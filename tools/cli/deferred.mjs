import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";

/** Sources that the bundle takes from the package around it. */
const rooms = ["migration", "migration/live"];

/**
 * Makes each `require` of a module that TypeScript compiled wait for its first use, so that a bundle
 * evaluates what a run needs and nothing else. TypeScript names what it requires `<module>_<n>` and
 * reaches everything through that name.
 *
 * @throws Error when a name is used in another way than `name.member`
 */
export function deferred(text) {
  const names = [];
  const declared = text.replace(
    /^const (\w+_\d+) = ((?:__import(?:Default|Star)\()?require\("[^"]+"\)\)?);$/gm,
    (_, name, load) => {
      names.push(name);
      return `let ${name}$; const ${name} = () => (${name}$ ??= ${load});`;
    },
  );
  if (names.length === 0) return text;
  const any = `(?<![\\w$])(${names.join("|")})`;
  // The outer parentheses keep `new name.Class()` what it is. After one dot it is a property, after
  // three an argument.
  const used = declared.replace(new RegExp(`(?<!(?<!\\.\\.)\\.)${any}(?=\\.)`, "g"), "($1())");
  const left = used.match(new RegExp(`${any}(?![\\w$]|\\(\\)\\)| = \\(\\) => )`));
  if (left !== null) throw new Error(`${left[0]} can't be deferred: it is used as a whole`);
  return used;
}

/**
 * An esbuild plugin for TypeScript sources of a folder. Node's modules and the AWS SDK are loaded when a run first uses
 * a name of them, and a `require` of another source takes only the names that it reads, so that the bundle leaves out
 * the rest. Migrations stay in modules of the package.
 *
 * @throws Error for a `require` of a source as a whole
 */
export function onUse(folder) {
  const names = namesByPackage(folder);
  return {
    name: "on-use",
    setup({ onResolve, onLoad }) {
      onLoad({ filter: /\.ts$/ }, ({ path }) => ({
        contents: narrowed(readFileSync(path, "utf8"), path),
        loader: "ts",
      }));
      // The archive has these as modules of the package: what few commands need is not in it twice.
      onResolve({ filter: /^\.[^:]*$/ }, ({ path, resolveDir }) => {
        if (`${resolveDir}${sep}`.startsWith(join(folder, "migration") + sep)) return undefined;
        const room = relative(folder, join(resolveDir, path)).split(sep).join("/");
        return rooms.includes(room) ? { path: `../${room}`, external: true } : undefined;
      });
      onResolve({ filter: /^names:/ }, ({ path, resolveDir }) => ({
        path,
        namespace: "names",
        pluginData: resolveDir,
      }));
      onLoad({ filter: /.*/, namespace: "names" }, ({ path, pluginData: resolveDir }) => {
        const [, list, module] = path.split(":");
        return { contents: `export { ${list} } from "${module}";`, resolveDir };
      });
      onResolve({ filter: /^(node:|@aws-sdk\/)/ }, ({ path, kind, namespace }) =>
        kind === "import-statement" && namespace === "file" && names.has(path)
          ? { path, namespace: "on-use" }
          : { path, external: true },
      );
      onLoad({ filter: /.*/, namespace: "on-use" }, ({ path }) => ({
        contents: `module.exports = { __esModule: true, ${[...names.get(path)]
          .map((name) => `get ${name}() { return require("${path}").${name}; }`)
          .join(", ")} };`,
      }));
    },
  };
}

/** What the sources of a folder import of Node and of the AWS SDK. */
function namesByPackage(folder) {
  const names = new Map();
  for (const file of readdirSync(folder, { recursive: true })) {
    if (!file.endsWith(".ts")) continue;
    const text = readFileSync(join(folder, file), "utf8");
    for (const [, list, path] of text.matchAll(
      /^import \{([^}]*)\} from "((?:node:|@aws-sdk\/)[^"]+)";$/gm,
    ))
      for (const part of list.split(",")) {
        const [name] = part.trim().split(" as ");
        if (name === "" || name.startsWith("type ")) continue;
        names.set(path, (names.get(path) ?? new Set()).add(name));
      }
  }
  return names;
}

/** The topics of src/cli/program.ts are in no manifest. */
const isCommand = (path) => /[\\/]src[\\/]cli[\\/]/.test(path) && !path.endsWith("program.ts");

/** A command's source without the texts of its help, which the bundle has in its manifest. */
const withoutHelp = (text) =>
  text
    .replace(/^ {2}static override (summary|description) =\s+"(?:[^"\\]|\\.)*";\n/gm, "")
    .replace(/^ {2}static override examples = \[\n[\s\S]*?^ {2}\];\n/gm, "")
    .replace(
      /^( {4,}|.*(?:Flag|boolean|[Aa]rg|string|option)\(\{ )(summary|description):\s+"(?:[^"\\]|\\.)*",?/gm,
      "$1",
    );

function narrowed(text, path) {
  const found = (isCommand(path) ? withoutHelp(text) : text)
    .replace(
      /const \{([^}]*)\} =\s+require\("(\.[^"]+)"\) as typeof import\("[^"]+"\)/g,
      (_, list, module) =>
        `const {${list}} = require("names:${list.replace(/\s/g, "").replace(/,$/, "")}:${module}")`,
    )
    .replace(
      /\(require\("(\.[^"]+)"\) as typeof import\("[^"]+"\)\)\s*\.(\w+)/g,
      (_, module, name) => `require("names:${name}:${module}").${name}`,
    );
  const whole = /require\("\.[^"]+"\)/.exec(found)?.[0];
  if (whole !== undefined) throw new Error(`${path}: ${whole} takes the whole module`);
  return found;
}
