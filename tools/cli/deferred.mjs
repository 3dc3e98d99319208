/**
 * Makes each `require` of a module that TypeScript compiled wait for its first use, so that a bundle
 * evaluates what a run needs and nothing else. TypeScript names what it requires `<module>_<n>` and
 * reaches everything through that name.
 *
 * @throws Error when a name is used in another way than `name.member`
 */
export function deferred(text) {
  const names = [];
  const declared = text.replace(
    /^const (\w+_\d+) = ((?:__import(?:Default|Star)\()?require\("[^"]+"\)\)?);$/gm,
    (_, name, load) => {
      names.push(name);
      return `let ${name}$; const ${name} = () => (${name}$ ??= ${load});`;
    },
  );
  if (names.length === 0) return text;
  const any = `(?<![\\w$])(${names.join("|")})`;
  // The outer parentheses keep `new name.Class()` what it is. After one dot it is a property, after
  // three an argument.
  const used = declared.replace(new RegExp(`(?<!(?<!\\.\\.)\\.)${any}(?=\\.)`, "g"), "($1())");
  const left = used.match(new RegExp(`${any}(?![\\w$]|\\(\\)\\)| = \\(\\) => )`));
  if (left !== null) throw new Error(`${left[0]} can't be deferred: it is used as a whole`);
  return used;
}
