import { LONGEST_SENTENCE, VOCABULARY } from "./vocabulary.mjs";

/** A textlint rule: refuses the turns of the vocabulary, and sentences that are too long. */
export function plainWords({ Syntax, RuleError, report, locator, getSource }) {
  const checked = (node) => {
    const text = getSource(node).replace(/`[^`]*`|\]\([^)]*\)/g, (code) => "x".repeat(code.length));
    for (const [turn, advice] of VOCABULARY)
      for (const found of text.matchAll(new RegExp(turn, "gi"))) {
        const padding = locator.range([found.index, found.index + found[0].length]);
        report(node, new RuleError(`"${found[0]}": ${advice}`, { padding }));
      }
    for (const sentence of text.matchAll(/[^.!?:;|]+/g)) {
      const words = sentence[0].split(/\s+/).filter((word) => /\w/.test(word)).length;
      if (words <= LONGEST_SENTENCE) continue;
      const padding = locator.range([sentence.index, sentence.index + 1]);
      report(node, new RuleError(`a sentence of ${words} words: split it`, { padding }));
    }
  };
  return { [Syntax.Paragraph]: checked, [Syntax.Header]: checked, [Syntax.TableRow]: checked };
}
