import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import * as ts from "typescript";
import { type Block, CHECKOUT, place } from "./blocks";

/**
 * What a reader of the page knows without being told again: names that a block may use without
 * making them. One that the block makes itself is left out.
 */
const KNOWN: Record<string, string> = {
  pulumi: 'import * as pulumi from "@pulumi/pulumi";',
  aws: 'import * as aws from "@pulumi/aws";',
  ControlTable: 'import { ControlTable } from "pulumi-swap";',
  VersionedTable: 'import { VersionedTable } from "pulumi-swap";',
  ActiveVersion: 'import { ActiveVersion } from "pulumi-swap";',
  match: 'import { match } from "pulumi-swap/errors";',
  follow: 'import { follow } from "pulumi-swap/reader";',
  pin: 'import { pin } from "pulumi-swap/reader";',
  snapshotAt: 'import { snapshotAt } from "pulumi-swap/reader";',
  createResolver: 'import { createResolver } from "pulumi-swap/reader";',
  setActive: 'import { setActive } from "pulumi-swap/pointer";',
  client: 'declare const client: import("@aws-sdk/client-dynamodb").DynamoDBClient;',
  ref: 'declare const ref: import("pulumi-swap/pointer").ControlTableRef;',
  resolver: 'declare const resolver: import("pulumi-swap/reader").Resolver;',
  carts: 'declare const carts: import("pulumi-swap/reader").Resolver;',
  orders: 'declare const orders: import("pulumi-swap/reader").Resolver;',
  control: 'declare const control: import("pulumi-swap").ControlTable;',
  error: "declare const error: unknown;",
};

/** The properties that a fragment such as `activeVersion: 4,` may be of. */
const FRAGMENT_OF =
  'Partial<import("pulumi-swap").VersionedTableArgs> & Partial<import("pulumi-swap").ControlTableArgs>';

/** A block as a module: what it does not say itself is added, a fragment becomes an object. */
function moduleOf({ text, language }: Block): string {
  const isFragment = /^\s*(\w+: |\/\/[^\n]*\n\w+: )/.test(text);
  const body = isFragment ? `const fragment: ${FRAGMENT_OF} = {\n${text}\n};` : text;
  const source = ts.createSourceFile("block.ts", body, ts.ScriptTarget.Latest, true);
  const made = new Set<string>();
  const used = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) {
      const { parent } = node;
      const makes =
        (ts.isVariableDeclaration(parent) || ts.isFunctionDeclaration(parent)) &&
        parent.name === node;
      if (makes || ts.isImportSpecifier(parent) || ts.isNamespaceImport(parent))
        made.add(node.text);
      else used.add(node.text);
    }
    node.forEachChild(visit);
  };
  visit(source);
  const known = Object.entries(KNOWN)
    .filter(([name]) => used.has(name) && !made.has(name))
    .map(([name, declaration]) =>
      language === "js" ? inJavaScript(name, declaration) : declaration,
    );
  return [...known, body.replace(/"\.\/([\w-]+\.mjs)"/g, exampleFile), "export {};"].join("\n");
}

/** A file that a block has next to it is one of an example. */
function exampleFile(quoted: string, name: string): string {
  const found = readdirSync(join(CHECKOUT, "examples"), { recursive: true, encoding: "utf8" });
  const path = found.find((each) => basename(each) === name);
  return path === undefined ? quoted : JSON.stringify(join(CHECKOUT, "examples", path));
}

/** JavaScript has no `declare`. */
function inJavaScript(name: string, declaration: string): string {
  const type = /^declare const \w+: (.*);$/.exec(declaration)?.[1];
  return type === undefined ? declaration : `/** @type {${type}} */ let ${name};`;
}

/**
 * Type-checks blocks as modules of this package, and tells what the compiler says of each.
 *
 * @returns one line for each error, with the place of its block
 */
export function typeErrors(blocks: Block[]): string[] {
  const byFile = new Map(
    blocks.map((block, index) => {
      const extension = block.language === "js" ? "mjs" : "mts";
      // In the checkout, so that the package's own name and its dependencies resolve.
      return [join(CHECKOUT, "build/docs", `block-${index}.${extension}`), block] as const;
    }),
  );
  const texts = new Map([...byFile].map(([file, block]) => [file, moduleOf(block)]));
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: ["node"],
    typeRoots: [join(CHECKOUT, "node_modules/@types")],
    noEmit: true,
    skipLibCheck: true,
    allowJs: true,
    checkJs: true,
  };
  const check = (files: string[], strict: boolean) => {
    const host = ts.createCompilerHost({ ...options, strict });
    const { fileExists, getSourceFile, readFile } = host;
    host.fileExists = (name) => texts.has(name) || fileExists(name);
    host.readFile = (name) => texts.get(name) ?? readFile(name);
    host.getSourceFile = (name, version, ...rest) => {
      const text = texts.get(name);
      return text === undefined
        ? getSourceFile(name, version, ...rest)
        : ts.createSourceFile(name, text, version);
    };
    const program = ts.createProgram(files, { ...options, strict }, host);
    return files.flatMap((file) => {
      const source = program.getSourceFile(file);
      const found = [
        ...program.getSyntacticDiagnostics(source),
        ...program.getSemanticDiagnostics(source),
      ];
      return found.map(
        ({ messageText }) =>
          `${place(byFile.get(file) as Block)}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`,
      );
    });
  };
  const files = [...texts.keys()];
  return [
    ...check(
      files.filter((file) => file.endsWith(".mts")),
      true,
    ),
    // JavaScript has no way to say that an environment variable is set.
    ...check(
      files.filter((file) => file.endsWith(".mjs")),
      false,
    ),
  ];
}
