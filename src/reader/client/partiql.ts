/**
 * The tables that a PartiQL statement names: what follows FROM, INTO or UPDATE, quoted or not.
 * Source: DynamoDB Developer Guide, "PartiQL for DynamoDB statements".
 */
export function tablesInPartiql(statement: string): string[] {
  const withoutText = statement.replace(/'(?:[^']|'')*'/g, "''");
  const named = /\b(?:FROM|INTO|UPDATE)\s+(?:"([^"]+)"|([A-Za-z0-9_-]+))/gi;
  return [...withoutText.matchAll(named)].flatMap(([, quoted, bare]) => quoted ?? bare ?? []);
}
