import { SwapError } from "../../errors";
import type { Source } from "../source";
import { describe } from "../tables";
import type { Finding } from "./finding";
import { checkProtection } from "./protection";

/**
 * Whether the control table can be relied on.
 *
 * @throws SwapError `swap.control-table-missing`
 */
export async function checkControlTable({ client, controlTable }: Source): Promise<Finding[]> {
  const description = await describe(client, controlTable);
  if (description === undefined)
    throw new SwapError("swap.control-table-missing", { controlTable });
  const findings = await checkProtection(client, null, description);
  const { Replicas = [], MultiRegionConsistency } = description;
  if (Replicas.length === 0 || MultiRegionConsistency === "STRONG") return findings;
  const regions = Replicas.map(({ RegionName }) => RegionName).join(", ");
  return [
    {
      severity: "error",
      code: "last-writer-wins",
      alias: null,
      table: controlTable,
      message: `control table "${controlTable}" is a global table (${regions}) where the last writer wins: conditional writes do not hold across Regions`,
      fix: "use a control table of one Region, or a global table with multi-Region strong consistency",
    },
    ...findings,
  ];
}
