import {
  describeTable,
  LAST_WRITER_WINS_FIX,
  lastWriterWinsMessage,
  lastWriterWinsRegions,
} from "../../aws";
import { SwapError } from "../../errors";
import type { ControlTableRef } from "../../pointer";
import type { Finding } from "./finding";
import { checkProtection } from "./protection";

/**
 * Checks that the control table is ACTIVE and protected.
 *
 * @throws SwapError `swap.control-table-missing`
 */
export async function checkControlTable({
  client,
  controlTable,
}: ControlTableRef): Promise<Finding[]> {
  const description = await describeTable(client, controlTable);
  if (description === undefined)
    throw new SwapError("swap.control-table-missing", { controlTable });
  const findings = await checkProtection(client, null, description);
  const regions = lastWriterWinsRegions(description);
  if (regions.length === 0) return findings;
  return [
    {
      severity: "error",
      code: "last-writer-wins",
      alias: null,
      table: controlTable,
      message: lastWriterWinsMessage(controlTable, regions),
      fix: LAST_WRITER_WINS_FIX,
    },
    ...findings,
  ];
}
