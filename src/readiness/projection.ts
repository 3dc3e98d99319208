/** Builds a projection of top-level attributes of any name, including reserved words and dots. */
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
