import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { Types } from "./types.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const manifest = JSON.parse(readFileSync(`${root}package.json`, "utf8"));

/** Where each resource is described: its class and the interface of its arguments. */
const components = {
  ControlTable: { at: "src/component/control-table.ts" },
  CutoverAlarms: { at: "src/component/cutover-alarms.ts" },
  VersionedTable: {
    at: "src/component/versioned-table.ts",
    args: "src/component/versioned-table-args.ts",
  },
};
const resources = {
  ActiveVersion: { at: "src/dynamic/active-version.ts" },
  VersionGuard: { at: "src/dynamic/version-guard.ts" },
  RetentionPlan: { at: "src/dynamic/retention-plan.ts" },
  PointerSeed: { at: "src/dynamic/pointer-seed.ts" },
};

/** Inputs that identify the pointer or the table: changing one replaces the resource. */
const replaces = {
  ActiveVersion: ["alias", "controlTable"],
  VersionGuard: ["alias", "version", "table"],
  RetentionPlan: [],
  PointerSeed: ["alias", "controlTable"],
};

/** The provider's own settings: the stack's configuration under `swap:`, or its arguments. */
const connection = "src/aws/connection/connection.ts";

export function packageSchema() {
  const described = { ...components, ...resources };
  const files = Object.values(described).flatMap(({ at, args = at }) => [at, args]);
  const program = programOf([...files, connection]);
  const types = new Types(program.getTypeChecker());
  const declared = (file, name) => declarationIn(program.getSourceFile(root + file), name);
  const resource = (name, options) => {
    const { at, args = at } = described[name];
    return types.resource(declared(at, name), declared(args, `${name}Args`), options);
  };
  const entries = [
    ...Object.keys(components).map((name) => [
      `swap:index:${name}`,
      { isComponent: true, ...resource(name, { plain: true }) },
    ]),
    ...Object.keys(resources).map((name) => [
      `swap:index:${name}`,
      resource(name, { plain: false, echoed: true, replaces: replaces[name] }),
    ]),
  ];
  const variables = types.fields(declared(connection, "Connection"), [
    "region",
    "profile",
    "endpoint",
  ]);
  return {
    name: "swap",
    displayName: "pulumi-swap",
    version: manifest.version,
    description: manifest.description,
    license: manifest.license,
    keywords: ["category/database", "kind/component", "aws", "dynamodb"],
    meta: { supportPack: true },
    language: {
      csharp: { respectSchemaVersion: true },
      go: { respectSchemaVersion: true, generateResourceContainerTypes: true },
      nodejs: { respectSchemaVersion: true, packageName: "pulumi-swap-sdk" },
      python: {
        respectSchemaVersion: true,
        pyproject: { enabled: true },
        packageName: "pulumi_swap",
      },
    },
    config: { variables },
    types: types.described(),
    provider: {
      description: "How the plugin's resources reach DynamoDB where they do not say it themselves.",
      inputProperties: variables,
      properties: variables,
    },
    resources: Object.fromEntries(entries),
  };
}

function programOf(files) {
  const config = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root);
  return ts.createProgram(
    files.map((file) => root + file),
    { ...options, noEmit: true },
  );
}

function declarationIn(source, name) {
  const found = source.statements.find(
    (node) =>
      (ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node)) && node.name?.text === name,
  );
  if (!found) throw new Error(`${source.fileName} declares no ${name}`);
  return found;
}
