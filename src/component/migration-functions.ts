import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { inverseHash } from "../dynamic";
import type { DeclaredMigration } from "./migrate-from";
import { allow } from "./policies";
import { serviceRole } from "./service-role";
import type { VersionedTableArgs } from "./versioned-table-args";

const RUNTIME = "nodejs22.x";
const TIMEOUT_S = 900;
const MEMORY_MB = 1_024;
const LOG_DAYS = 30;

/** What a migration's resources refer to. */
export interface MigrationParts {
  name: string;
  args: VersionedTableArgs;
  version: number;
  migration: DeclaredMigration;
  source: aws.dynamodb.Table;
  target: aws.dynamodb.Table;
  controlTable: pulumi.Input<string>;
  controlTableArn: pulumi.Input<string>;
  /** The retention plan, which refuses tables that a migration can't use before anything is made. */
  plan: pulumi.Resource;
  /** The swap: a copy starts once the pointer has its row. */
  swap: pulumi.Resource | undefined;
  parent: pulumi.Resource;
}

/** How a function is made. */
interface FunctionSettings {
  handler: string;
  tags: { tags?: aws.iam.RoleArgs["tags"] };
  opts: pulumi.CustomResourceOptions;
}

/** A function of a migration, with its role and its log group. */
export function migrationFunction(
  parts: MigrationParts,
  part: string,
  { handler, tags, opts }: FunctionSettings,
): { function: aws.lambda.Function; role: aws.iam.Role; writesLog: ReturnType<typeof allow> } {
  const { name, version, migration, source, target } = parts;
  const { alias } = parts.args;
  const logicalName = `${name}-v${version}-migration-${part}`;
  const physicalName = functionName(alias, version, part);
  const logs = new aws.cloudwatch.LogGroup(
    logicalName,
    { name: `/aws/lambda/${physicalName}`, retentionInDays: LOG_DAYS, ...tags },
    opts,
  );
  const role = serviceRole(logicalName, "lambda.amazonaws.com", tags, opts);
  const made = new aws.lambda.Function(
    logicalName,
    {
      name: physicalName,
      role: role.arn,
      runtime: RUNTIME,
      handler: `index.${handler}`,
      timeout: TIMEOUT_S,
      memorySize: MEMORY_MB,
      code: archiveOf(migration),
      environment: {
        variables: {
          SWAP_ALIAS: alias,
          SWAP_FROM: String(migration.source),
          SWAP_TO: String(version),
          SWAP_CONTROL_TABLE: parts.controlTable,
          SWAP_SOURCE_TABLE: source.name,
          SWAP_TARGET_TABLE: target.name,
          SWAP_STATE_MACHINE: machineName(alias, version),
          SWAP_CONCURRENCY: String(migration.concurrency),
          ...(migration.transform && {
            SWAP_TRANSFORM: "transform.mjs",
            SWAP_TRANSFORM_HASH: migration.transform.hash,
          }),
          ...inverseSettings(migration),
        },
      },
      ...tags,
    },
    { ...opts, dependsOn: [logs] },
  );
  const writesLog = allow(
    "WriteLog",
    ["logs:CreateLogStream", "logs:PutLogEvents"],
    [pulumi.interpolate`${logs.arn}:*`],
  );
  return { function: made, role, writesLog };
}

/** The name of a migration's function. */
export const functionName = (alias: string, version: number, part: string): string =>
  `${functionBase(alias, version)}-${part}`;

/** The name of the state machine, by which its functions find it. */
export const machineName = (alias: string, version: number): string =>
  `${functionBase(alias, version)}-copy`;

/** A prefix of function names: 64 characters of a-z, A-Z, 0-9, '-' and '_' at most, with the suffixes. */
function functionBase(alias: string, version: number): string {
  const plain = `${alias}-v${version}`;
  if (/^[\w-]{1,50}$/.test(plain)) return plain;
  const hash = createHash("sha256").update(plain).digest("hex").slice(0, 8);
  return `${alias.replace(/[^\w-]/g, "-").slice(0, 28)}-${hash}-v${version}`.slice(0, 50);
}

const inverseSettings = (migration: DeclaredMigration): Record<string, string> => ({
  ...(migration.inverse && { SWAP_INVERSE_HASH: inverseHash(migration.inverse) }),
  ...(typeof migration.inverse === "object" && { SWAP_INVERSE: "inverse.mjs" }),
  ...(migration.lossy && { SWAP_LOSS: "declared" }),
});

function archiveOf({ transform, inverse }: DeclaredMigration): pulumi.asset.AssetArchive {
  // In the package the code is next to this folder; in the plugin, in the plugin's folder.
  const inPlugin = existsSync(join(__dirname, "lambda.js"));
  const code = (file: string) => new pulumi.asset.FileAsset(join(__dirname, file));
  return new pulumi.asset.AssetArchive({
    "index.js": code(inPlugin ? "lambda.js" : "../lambda/index.js"),
    "code.br": code(inPlugin ? "lambda.br" : "../lambda/code.br"),
    ...(transform && { "transform.mjs": new pulumi.asset.StringAsset(transform.code) }),
    ...(typeof inverse === "object" && {
      "inverse.mjs": new pulumi.asset.StringAsset(inverse.code),
    }),
  });
}
