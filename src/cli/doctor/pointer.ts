import type { DynamoDBClient, TableDescription } from "@aws-sdk/client-dynamodb";
import { describeTable } from "../../aws";
import { isSwapError, SwapError } from "../../errors";
import { isBarred, isRetired, type PointerRow } from "../../pointer";
import { tableOf } from "../../pointer/names";
import { formatTime } from "../format";
import type { Finding } from "./finding";
import { checkProtection } from "./protection";

/** Checks that the table that an alias's pointer names exists, is ACTIVE and is protected. */
export async function checkPointer(
  client: DynamoDBClient,
  alias: string,
  row: PointerRow | undefined,
): Promise<Finding[]> {
  const version = row?.version ?? 1;
  const table = nameOrError(alias, version, row);
  if (typeof table !== "string") return [invalidTableName(alias, table)];
  const finding = (part: Pick<Finding, "severity" | "code" | "message" | "fix">): Finding => ({
    alias,
    table,
    ...part,
  });
  const findings: Finding[] = [];
  if (row === undefined)
    findings.push(
      finding({
        severity: "info",
        code: "no-row",
        message: `alias "${alias}" has no row; readers are sent to ${alias}_v1`,
        fix: "restore the row if it was deleted, else nothing, or activate a first version to make it explicit",
      }),
    );
  else findings.push(...checkRow(row, finding));

  const description = await describeTable(client, table);
  if (description === undefined)
    return [
      finding({
        severity: "error",
        code: "active-table-missing",
        message: `alias "${alias}" points to table "${table}", which does not exist`,
        fix: `restore or create that table, or roll alias "${alias}" back to a version that has one`,
      }),
      ...findings,
    ];
  const unready = notActivePart(description);
  if (unready !== undefined)
    findings.unshift(
      finding({
        severity: "error",
        code: "active-table-not-active",
        message: `alias "${alias}" points to table "${table}", of which ${unready}`,
        fix: "wait until it is ACTIVE; if it is being deleted, roll back or activate another version",
      }),
    );
  return [...findings, ...(await checkProtection(client, alias, description))];
}

function nameOrError(
  alias: string,
  version: number,
  row: PointerRow | undefined,
): string | SwapError {
  try {
    return tableOf(alias, version, row);
  } catch (error) {
    if (isSwapError(error)) return error;
    throw error;
  }
}

function invalidTableName(alias: string, { message }: SwapError): Finding {
  return {
    severity: "error",
    code: "alias-invalid",
    alias,
    table: null,
    message: `${message}; readers of it are refused`,
    fix: "remove its row from the control table, and find out who wrote it",
  };
}

function checkRow(
  row: PointerRow,
  finding: (part: Pick<Finding, "severity" | "code" | "message" | "fix">) => Finding,
): Finding[] {
  const { alias, version, corrupt, foreign, activatedAt } = row;
  const findings: Finding[] = [];
  if (corrupt !== undefined) {
    const { message, hint } = new SwapError("swap.malformed-row", corrupt);
    findings.push(finding({ severity: "error", code: "corrupt-attribute", message, fix: hint }));
  }
  if (isRetired(row, version))
    findings.push(
      finding({
        severity: "error",
        code: "active-version-retired",
        message: `active version ${version} of alias "${alias}" is retired: the deletion of its table was permitted, and another writer set it`,
        fix: `list ${version} in versions again and run pulumi up, which takes the permission back, or roll back or activate a greater version`,
      }),
    );
  if (isBarred(row, version))
    findings.push(
      finding({
        severity: "warning",
        code: "active-version-barred",
        message: `active version ${version} of alias "${alias}" was rolled back from earlier, and is barred`,
        fix: `declare liftBar: ${version} if it is meant to be live, else roll back or activate a greater version`,
      }),
    );
  if (foreign) {
    const when = formatTime(activatedAt);
    findings.push(
      finding({
        severity: "info",
        code: "foreign-writer",
        message: `version ${version} of alias "${alias}" was set by a writer that keeps no history${when === undefined ? "" : ` at ${when}`}`,
        fix: "nothing if that is a Go worker of yours; else find out who can write the control table",
      }),
    );
  }
  return findings;
}

function notActivePart({ TableStatus, GlobalSecondaryIndexes }: TableDescription) {
  if (TableStatus !== "ACTIVE" && TableStatus !== "UPDATING")
    return `the state is ${TableStatus ?? "unknown"}`;
  const index = GlobalSecondaryIndexes?.find(({ IndexStatus }) => IndexStatus === "CREATING");
  return index && `index "${index.IndexName}" is ${index.IndexStatus}`;
}
