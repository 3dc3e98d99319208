/**
 * Turns that a reader has to read twice, and the project's own words of earlier days, each with what to
 * write instead. See "Prose" in CONTRIBUTING.md.
 */
export const VOCABULARY = [
  [/\banew\b/i, 'write "again"'],
  [/\bbeside\b/i, 'write "next to", "besides", "with" or "in addition to"'],
  [/\blet be\b/i, 'write "ignored" or "left as it is"'],
  [/\b(is|are) owed\b/i, "say who gets what"],
  [/\bnobody's business\b|\bsomebody else's\b/i, "say what is hidden, and why"],
  [
    /\b(refused|named|lifted|asked|looked for|known|order(ed)?) by name\b|\blift\b.* by name\b/i,
    'write "explicitly", or say what is named',
  ],
  [/\b(is|are|was|were|be|been) told\b/i, 'write "gets", "is reported" or "is printed"'],
  [/\btell(s|ing)? of\b|\btold of\b/i, 'write "reports" or "says"'],
  [
    /\b(row|page|line|code|attribute|history|entry|answer|id|name|field|nothing) tells?\b/i,
    'write "shows" or "says"',
  ],
  [/\bstands? for\b/i, 'write "means" or "resolves to"'],
  [/\bwhoever\b/i, "name the reader, the caller or the user"],
  [/\bhowever it\b/i, "say which cases"],
  [/\bwhere there (is|are) (one|any|none)\b/i, 'write "if it has one"'],
  [/\ba [\w-]+ of its own\b|\bof their own\b/i, 'write "its own …", "a separate …"'],
  [/\bon a terminal alone\b|\b(by|of|in|from|for|with) \w+ alone\b/i, 'write "only"'],
  [
    /\bgoes for\b|\bas ever\b|\bof old\b|\bever so\b|\blest\b|\bhence\b|\bthereof\b|\bthereby\b|\bwherein\b/i,
    "use a plain word",
  ],
  [/\bfates?\b/i, 'write "retention plan" or "scripted fault"'],
  [/\bhidden leaves?\b/i, 'write "inferred deactivation"'],
  [/\bmisfits?\b/i, 'write "corrupt attribute"'],
  [/\bhiccups?\b/i, 'write "transient failure"'],
  [/\bvouch(es|ed)?\b/i, 'write "validates"'],
  [/\bthe front\b/i, 'write "the emulator"'],
  [/\bmend(s|ed|ing)?\b/i, 'write "fix" or "repair"'],
];

/** Words in a sentence beyond which nobody reads it once. */
export const LONGEST_SENTENCE = 45;
