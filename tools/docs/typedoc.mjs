import { OptionDefaults } from "typedoc";

/** @type {Partial<import("typedoc").TypeDocOptions>} */
export default {
  entryPoints: [
    "../../src/index.ts",
    "../../src/errors.ts",
    "../../src/pointer/index.ts",
    "../../src/reader/index.ts",
    "../../src/reader/otel.ts",
  ],
  tsconfig: "../../tsconfig.json",
  plugin: ["typedoc-plugin-markdown"],
  router: "module",
  out: "../../docs/reference/api",
  readme: "none",
  disableSources: true,
  excludeExternals: true,
  excludePrivate: true,
  githubPages: false,
  hideBreadcrumbs: true,
  hidePageHeader: true,
  parametersFormat: "table",
  interfacePropertiesFormat: "table",
  classPropertiesFormat: "table",
  typeDeclarationFormat: "table",
  intentionallyNotExported: ["src/readiness/difference.ts:Scalar", "src/component/leaves.ts:Leaves"],
  treatWarningsAsErrors: true,
  // What the plugin's schema is told beside; it is nothing for readers.
  blockTags: [...OptionDefaults.blockTags, "@asType"],
  excludeTags: ["@asType"],
};
