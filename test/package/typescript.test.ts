import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { CHECKOUT, installed, manifest, PULUMI_NEW, pack, type Ran, run, write } from "./packed";

/** The package's entries: everything of `exports` that is code. */
const ENTRIES = Object.keys(manifest.exports)
  .filter((entry) => !entry.endsWith(".json"))
  .map((entry) => entry.replace(".", "pulumi-swap"));

const STRICT = { strict: true, target: "es2022", types: ["node"] };
const NODENEXT = { ...STRICT, module: "nodenext", moduleResolution: "nodenext" };
const BUNDLER = { ...STRICT, module: "esnext", moduleResolution: "bundler" };

/** How programs are compiled, by the release of TypeScript: options, and the kind of the program's file. */
const MODES: Record<string, Record<string, { options: object; extension: string }>> = {
  // Pulumi brings this one for a program that has none, and then checks nothing but the program.
  "3.8": {
    "pulumi new aws-typescript": {
      options: { ...PULUMI_NEW, skipLibCheck: true },
      extension: "ts",
    },
  },
  "5": { "pulumi new aws-typescript": { options: PULUMI_NEW, extension: "ts" } },
  "6": {
    "pulumi new aws-typescript": {
      options: { ...PULUMI_NEW, types: ["node"], ignoreDeprecations: "6.0" },
      extension: "ts",
    },
    "nodenext, CommonJS": { options: NODENEXT, extension: "cts" },
    "nodenext, ES modules": { options: NODENEXT, extension: "mts" },
    bundler: { options: BUNDLER, extension: "mts" },
  },
};
/** TypeScript 5 is installed as a project of Pulumi has it; 6 is the checkout's. */
const COMPILERS: Record<string, string> = {
  "3.8": "node_modules/@pulumi/pulumi/vendor/typescript@3.8.3/typescript.js",
  "5": "node_modules/typescript/lib/typescript.js",
  "6": join(CHECKOUT, "node_modules/typescript/lib/typescript.js"),
};

/** Takes every entry, and prints the names that each exports. */
const program = `import * as aws from "@pulumi/aws";
${ENTRIES.map((entry, i) => `import * as entry${i} from "${entry}";\n`).join("")}
export const bucket: typeof aws.s3.Bucket | undefined = undefined;
export const entries: Record<string, object> = {
${ENTRIES.map((entry, i) => `  "${entry}": entry${i},\n`).join("")}};
console.log(JSON.stringify(Object.keys(entries).map((name) => [name, Object.keys(entries[name]!)])));
`;

/** The type tests that name every part of the API, where the compiler is new enough for them. */
const TYPE_TESTS = ["errors", "migration", "pointer", "program", "reader", "expect-type"];

let folder: string;
/** The names of each entry, as CommonJS has them. */
let exported: [string, string[]][];
beforeAll(async () => {
  const archive = (await pack()).file;
  const pulumi = ["@pulumi/pulumi", "@pulumi/aws", "@opentelemetry/api"];
  folder = await installed(archive, [...pulumi, "typescript@5.9.3", "@types/node@18.19.130"]);
  rmSync(dirname(archive), { recursive: true });
  const names = `JSON.stringify(${JSON.stringify(ENTRIES)}.map((name) => [name, Object.keys(require(name)).sort()]))`;
  exported = JSON.parse((await run(process.execPath, ["-p", names], { cwd: folder })).stdout);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The program, and the type tests, as a mode has them. */
function files(release: string, name: string, extension: string): string[] {
  const at = `${release}-${name.replace(/\W+/g, "-")}`;
  const made = { [`${at}/program.${extension}`]: program };
  if (release !== "3.8")
    for (const each of TYPE_TESTS)
      made[`${at}/${each}-types.${extension}`] = readFileSync(
        join(CHECKOUT, "test/types", `${each}.ts`),
        "utf8",
        // An ES module names the file that it imports in full.
      ).replace(
        '"./expect-type"',
        `"./expect-type-types${extension === "ts" ? "" : `.${extension.replace("ts", "js")}`}"`,
      );
  write(folder, made);
  return Object.keys(made);
}

describe.each(Object.keys(MODES))("TypeScript %s", (release) => {
  const modes = Object.entries(MODES[release] ?? {});
  let lines: { typescript: string; errors: string[]; emitted: boolean; ours: number }[];
  let compiled: Ran;
  beforeAll(async () => {
    compiled = await run(
      process.execPath,
      [
        join(__dirname, "compile.cjs"),
        resolve(folder, COMPILERS[release] ?? ""),
        folder,
        JSON.stringify(
          modes.map(([name, { options, extension }]) => {
            const sources = files(release, name, extension);
            const outDir = `out/${dirname(sources[0] ?? "")}`;
            mkdirSync(join(folder, outDir), { recursive: true });
            return { files: sources, outDir, options };
          }),
        ),
      ],
      { cwd: folder },
    );
    lines = compiled.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
  });

  test.each(modes.map(([name, { extension }], i) => [name, extension, i] as const))(
    "%s: a program that takes every entry compiles and runs",
    async (name, extension, i) => {
      expect(compiled).toMatchObject({ code: 0, stderr: "" });
      const { typescript, ours, ...result } = lines[i] ?? {};
      expect(result).toEqual({ errors: [], emitted: true });
      expect(typescript).toMatch(new RegExp(`^${release}\\.`));
      // A declaration file for each entry at least.
      expect(ours).toBeGreaterThanOrEqual(ENTRIES.length);
      const out = `out/${release}-${name.replace(/\W+/g, "-")}/program.${extension.replace("ts", "js")}`;
      const ran = await run(process.execPath, [out], { cwd: folder });
      expect(ran).toMatchObject({ code: 0, stderr: "" });
      const names: [string, string[]][] = JSON.parse(ran.stdout);
      // For an ES module Node adds these.
      const own = (all: string[]) =>
        all.filter((each) => !/^(__esModule|default|module\.exports)$/.test(each)).sort();
      expect(names.map(([entry, all]) => [entry, own(all)])).toEqual(exported);
    },
  );
});
