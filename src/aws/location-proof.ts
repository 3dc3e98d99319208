import {
  DescribeTableCommand,
  type DynamoDBClient,
  type TableDescription,
} from "@aws-sdk/client-dynamodb";
import { SwapError } from "../errors";
import { formatValue } from "../validation";
import { fromAws } from "./aws-errors";
import { describeTable } from "./describe-tables";
import { send } from "./send";

/** A control table by name, and a client that reaches it. */
export interface ControlTableRef {
  client: DynamoDBClient;
  controlTable: string;
}

/** ARNs of tables, as the program's own resources report them. */
export interface DeclaredTables {
  /** The control table's ARN, if the program knows it. */
  controlTableArn?: string | null | undefined;
  /** The ARN of a version's table. */
  tableArn?: string | null | undefined;
}

/** The parts of a DynamoDB table's ARN. */
export interface TableArn {
  partition: string;
  region: string;
  account: string;
  /** The table's name. */
  table: string;
}

const ARN = /^arn:([\w-]+):dynamodb:([\w-]+):(\d{12}):table\/([A-Za-z0-9_.-]{3,255})$/;

/** DynamoDB Local writes this instead of the Region in every ARN. */
const LOCAL_REGION = "ddblocal";

/** The parts of a table's ARN; undefined for any other text. */
export function parseTableArn(arn: unknown): TableArn | undefined {
  const [, partition, region, account, table] = ARN.exec(typeof arn === "string" ? arn : "") ?? [];
  if (!partition || !region || !account || !table) return undefined;
  return { partition, region, account, table };
}

/**
 * Checks that a value is the ARN of a table.
 *
 * @throws SwapError `swap.input-invalid`
 */
export function assertTableArn(name: string, value: unknown): void {
  if (parseTableArn(value) !== undefined) return;
  throw new SwapError("swap.input-invalid", {
    name,
    value: formatValue(value),
    rule: "want the ARN of a DynamoDB table",
    fix: "pass the table's arn output, or leave it out",
  });
}

const descriptions = new WeakMap<DynamoDBClient, Map<string, Promise<TableDescription>>>();

/**
 * Describes the control table, once per process for each client and table. Failures are not cached. Cost:
 * one DescribeTable.
 *
 * @throws SwapError `swap.control-table-missing`, `swap.access-denied`, `swap.unreachable`
 */
export function describeControlTable({
  client,
  controlTable,
}: ControlTableRef): Promise<TableDescription> {
  const known = descriptions.get(client) ?? new Map<string, Promise<TableDescription>>();
  descriptions.set(client, known);
  const described = known.get(controlTable) ?? describeUncached(client, controlTable);
  known.set(controlTable, described);
  described.catch(() => known.delete(controlTable));
  return described;
}

async function describeUncached(
  client: DynamoDBClient,
  controlTable: string,
): Promise<TableDescription> {
  try {
    const { Table } = await send(client, new DescribeTableCommand({ TableName: controlTable }));
    return Table ?? {};
  } catch (error) {
    throw await fromAws(error, { client, action: "DescribeTable", controlTable });
  }
}

/**
 * Proves that the client reaches the tables that the program declares: the ARN that DescribeTable gives for
 * the control table agrees with each declared ARN in partition, account and Region. Call it before any
 * write, and before any read that a decision depends on. Without a declared ARN it makes no request.
 *
 * @throws SwapError `swap.location-mismatch` naming both ARNs; as {@link describeControlTable}
 */
export async function proveLocation(ref: ControlTableRef, declared: DeclaredTables): Promise<void> {
  // Languages other than TypeScript send null for omitted values.
  const arns = (["controlTableArn", "tableArn"] as const).flatMap((name) => {
    const arn = declared[name] ?? undefined;
    if (arn !== undefined) assertTableArn(name, arn);
    return arn ?? [];
  });
  if (arns.length === 0) return;
  const [one, other] = arns;
  // If the declared ARNs disagree, no client can match both.
  if (one !== undefined && other !== undefined && !sameLocation(one, other))
    throw locationMismatch(ref.controlTable, one, other);
  const { TableArn: found } = await describeControlTable(ref);
  const wrong = arns.find((arn) => !sameLocation(found, arn));
  if (wrong !== undefined) throw locationMismatch(ref.controlTable, found, wrong);
  const named = parseTableArn(declared.controlTableArn)?.table;
  if (named !== undefined && named !== parseTableArn(found)?.table)
    throw locationMismatch(ref.controlTable, found, declared.controlTableArn as string);
}

/**
 * Proves that a version's table is absent from its own Region and account. True if the client finds the
 * control table in the partition, account and Region of the table's ARN, and finds no table of that name.
 * False if the table exists, or if it is unproven that the client looks in that place. Cost: one
 * DescribeTable, two where the table is not found.
 *
 * @throws SwapError `swap.access-denied`, `swap.unreachable`, `swap.service-error`
 */
export async function isProvenAbsent(
  ref: ControlTableRef,
  table: string,
  tableArn: string | null | undefined,
): Promise<boolean> {
  if (await describeTable(ref.client, table)) return false;
  if (tableArn === undefined || tableArn === null) return false;
  // Not cached: an earlier description does not prove where the client looks now.
  const control = await describeTable(ref.client, ref.controlTable);
  return control !== undefined && sameLocation(control.TableArn, tableArn);
}

/**
 * Proves that the client looks where the program put the row, so that a missing row is really gone: the
 * client finds the control table, or the version's table, under its known ARN. False if unproven.
 *
 * @throws SwapError `swap.access-denied`, `swap.unreachable`, `swap.service-error`
 */
export async function isLocationProven(
  ref: ControlTableRef,
  declared: DeclaredTables,
): Promise<boolean> {
  for (const arn of [declared.controlTableArn, declared.tableArn]) {
    const table = parseTableArn(arn)?.table;
    if (table === undefined) continue;
    const found = await describeTable(ref.client, table);
    if (found) return sameLocation(found.TableArn, arn);
  }
  return false;
}

/** Whether two ARNs agree in partition, account and Region. */
function sameLocation(one: unknown, other: unknown): boolean {
  const a = parseTableArn(one);
  const b = parseTableArn(other);
  if (a === undefined || b === undefined) return false;
  const sameRegion = a.region === b.region || [a.region, b.region].includes(LOCAL_REGION);
  return a.partition === b.partition && a.account === b.account && sameRegion;
}

const NAMES = { partition: "partition", account: "account", region: "Region", table: "table" };

function locationMismatch(
  controlTable: string,
  found: string | undefined,
  declared: string,
): SwapError {
  const theirs = parseTableArn(declared);
  const ours = parseTableArn(found);
  const place = (["partition", "account", "region"] as const).filter(
    (part) => ours?.[part] !== theirs?.[part],
  );
  const parts = place.length > 0 ? place : (["table"] as const);
  return new SwapError("swap.location-mismatch", {
    controlTable,
    found: found ?? "(a table without an ARN)",
    declared,
    differs: `another ${parts.map((part) => NAMES[part]).join(" and another ")}`,
    fix: fixFor(place, controlTable, theirs),
  });
}

function fixFor(
  place: readonly (keyof TableArn)[],
  controlTable: string,
  declared: TableArn | undefined,
): string {
  if (place.length === 0) return `declare the ARN of "${controlTable}", or its name only`;
  return place.some((part) => part !== "region")
    ? "write connection: { profile } or connection: { assumeRole } of the declared account, or declare control table and versions in one account"
    : `write connection: { region: "${declared?.region}" }, or declare control table and versions in one Region`;
}
