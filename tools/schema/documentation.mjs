import ts from "typescript";

/** A symbol's docstring as text; links become the names that they point at. */
export function documentation(symbol, checker) {
  if (!symbol) return "";
  return ts
    .displayPartsToString(symbol.getDocumentationComment(checker))
    .replace(/\{@link\s+([^}|]+?)\s*(?:\|\s*([^}]+?)\s*)?\}/g, (_, name, text) => text ?? name)
    .trim();
}

/** The text of a docstring's tag, or undefined. */
export function tag(symbol, name, checker) {
  const found = symbol.getJsDocTags(checker).find((each) => each.name === name);
  return found && ts.displayPartsToString(found.text).trim();
}
