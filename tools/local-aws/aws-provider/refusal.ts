import type { TableInputs } from "./table";

/** Why a table is refused: the property, the rule it breaks and the fix. */
export interface Refusal {
  property: string;
  reason: string;
}

/** A rule of DynamoDB or of the real provider. Values not known yet break none. */
export type Rule = (table: TableInputs) => Refusal[];

export const refusal = (property: string, reason: string): Refusal => ({ property, reason });
