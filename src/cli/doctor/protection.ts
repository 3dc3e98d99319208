import {
  DescribeContinuousBackupsCommand,
  type DynamoDBClient,
  type TableDescription,
} from "@aws-sdk/client-dynamodb";
import { send } from "../../aws";
import type { Finding } from "./finding";

/** Checks that a table has deletion protection and point-in-time recovery. */
export async function checkProtection(
  client: DynamoDBClient,
  alias: string | null,
  description: TableDescription,
): Promise<Finding[]> {
  const table = description.TableName ?? "";
  const what = alias === null ? `control table "${table}"` : `active table "${table}"`;
  const setting =
    alias === null
      ? {
          protection:
            "set deletionProtection: true on the ControlTable component and run pulumi up",
          recovery: "pointInTimeRecovery: true on the ControlTable component",
        }
      : {
          protection:
            "leave deletionProtectionEnabled out of the table's arguments, run pulumi refresh, then pulumi up",
          recovery: "pointInTimeRecovery: { enabled: true } in the table's arguments",
        };
  const findings: Finding[] = [];
  if (description.DeletionProtectionEnabled !== true)
    findings.push({
      severity: "warning",
      code: "deletion-protection-off",
      alias,
      table,
      message: `${what} has deletion protection off`,
      fix: setting.protection,
    });
  const recovery = await recoveryOf(client, table);
  if (recovery.status === "not checked")
    findings.push({
      severity: "info",
      code: "point-in-time-recovery-not-checked",
      alias,
      table,
      message: `point-in-time recovery of ${what} was not checked: ${recovery.reason}`,
      fix:
        recovery.reason === "AccessDeniedException"
          ? "allow dynamodb:DescribeContinuousBackups on the table's ARN to have it checked"
          : "run doctor again to have it checked; a DynamoDB stand-in may not know it",
    });
  else if (recovery.status !== "ENABLED")
    findings.push({
      severity: "warning",
      code: "point-in-time-recovery-off",
      alias,
      table,
      message: `${what} has point-in-time recovery off`,
      fix: `set ${setting.recovery} and run pulumi up`,
    });
  return findings;
}

/**
 * Reads point-in-time recovery. A denied call is not an error of doctor: swap's documented permissions
 * don't include it.
 */
async function recoveryOf(
  client: DynamoDBClient,
  table: string,
): Promise<{ status: string; reason?: string }> {
  try {
    const { ContinuousBackupsDescription: backups } = await send(
      client,
      new DescribeContinuousBackupsCommand({ TableName: table }),
    );
    return {
      status: backups?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus ?? "DISABLED",
    };
  } catch (error) {
    return { status: "not checked", reason: (error as Error).name };
  }
}
