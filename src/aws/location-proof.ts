import {
  DescribeTableCommand,
  type DynamoDBClient,
  type TableDescription,
} from "@aws-sdk/client-dynamodb";
import { SwapError } from "../errors";
import { fromAws } from "./aws-errors";
import { describeTable } from "./describe-tables";
import { send } from "./send";

/** A control table by name, and a client that reaches it. */
export interface ControlTableRef {
  client: DynamoDBClient;
  controlTable: string;
}

/** Tables by the ARNs that the program's own resources report. */
export interface DeclaredTables {
  /** The control table's ARN, where the program has it. */
  controlTableArn?: string | null | undefined;
  /** The ARN of a version's table. */
  tableArn?: string | null | undefined;
}

/** What an ARN says of a DynamoDB table's place. */
export interface TableArn {
  partition: string;
  region: string;
  account: string;
  /** The table's name. */
  table: string;
}

const ARN = /^arn:([\w-]+):dynamodb:([\w-]+):(\d{12}):table\/([A-Za-z0-9_.-]{3,255})$/;

/** DynamoDB Local writes this in place of the Region in every ARN, whatever Region it is asked in. */
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
    value: typeof value === "string" ? JSON.stringify(value.slice(0, 300)) : `(${typeof value})`,
    rule: "want the ARN of a DynamoDB table",
    fix: "pass the table's arn output, or leave it out",
  });
}

const descriptions = new WeakMap<DynamoDBClient, Map<string, Promise<TableDescription>>>();

/**
 * Describes the control table, once a process for each client and table. A failure is not kept.
 * Cost: one DescribeTable.
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
 * Proves that the client reaches the tables that the program declares: the ARN that DescribeTable
 * gives for the control table agrees with each declared ARN in partition, account and Region. Call
 * it before anything is read for a decision or written. Without a declared ARN nothing is asked.
 *
 * @throws SwapError `swap.location-mismatch` naming both ARNs; as {@link describeControlTable}
 */
export async function proveLocation(ref: ControlTableRef, declared: DeclaredTables): Promise<void> {
  // A language other than TypeScript sends null for what is left out.
  const arns = (["controlTableArn", "tableArn"] as const).flatMap((name) => {
    const arn = declared[name] ?? undefined;
    if (arn !== undefined) assertTableArn(name, arn);
    return arn ?? [];
  });
  if (arns.length === 0) return;
  const [one, other] = arns;
  // Two that disagree are refused wherever the client looks.
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
 * Whether a version's table is gone from its own Region and account. True is a proof: the client
 * finds the control table in the partition, account and Region of the table's ARN, and no table of
 * that name. False where the table exists, and where nothing proves that the client looks there.
 * Cost: one DescribeTable, two where the table is not found.
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
  // Asked for now: a control table that was there earlier proves nothing of this moment.
  const control = await describeTable(ref.client, ref.controlTable);
  return control !== undefined && sameLocation(control.TableArn, tableArn);
}

/**
 * Whether a row that is not found is gone from where the program put it: the client finds the
 * control table, or the version's table, under the ARN that is known of it. False where nothing
 * proves it.
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
    fix: place.some((part) => part !== "region")
      ? "write connection: { profile } or connection: { assumeRole } of the declared account, or declare control table and versions in one account"
      : `write connection: { region: "${theirs?.region}" }, or declare control table and versions in one Region`,
  });
}
