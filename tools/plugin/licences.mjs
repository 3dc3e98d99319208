import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The licence of every package that a file of the bundle comes from; each text once. */
export function licences(root, files) {
  const folders = new Set(files.map(packageFolder).filter(Boolean));
  const packagesByText = new Map();
  for (const folder of [...folders].sort()) {
    const { title, text } = licenceOf(join(root, folder));
    packagesByText.set(text, [...(packagesByText.get(text) ?? []), title]);
  }
  const sections = [...packagesByText].map(([text, titles]) => `${titles.join("\n")}\n\n${text}\n`);
  return sections.join(`\n${"-".repeat(80)}\n\n`);
}

/** The folder of the innermost package that a file belongs to. */
function packageFolder(file) {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file.slice(file.indexOf(":") + 1))?.[0];
}

function licenceOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const texts = readdirSync(folder)
    .filter((file) => /^(licen[cs]e|notice)(\.|$)/i.test(file))
    .map((file) => readFileSync(join(folder, file), "utf8").trim());
  return { title: `${name} ${version}`, text: texts.join("\n\n") || `licence: ${license}` };
}
