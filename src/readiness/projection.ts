/** Reads only these top-level attributes, whatever their names: reserved words and dots included. */
export function projection(names: Iterable<string>): {
  ProjectionExpression: string;
  ExpressionAttributeNames: Record<string, string>;
} {
  const entries = [...new Set(names)].map((name, index) => [`#p${index}`, name] as const);
  return {
    ProjectionExpression: entries.map(([placeholder]) => placeholder).join(", "),
    ExpressionAttributeNames: Object.fromEntries(entries),
  };
}
