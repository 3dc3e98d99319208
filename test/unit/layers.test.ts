import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";

const src = resolve(__dirname, "../../src");

/** What every room above the pointer may import. */
const base = ["errors", "validation", "aws", "pointer"];

/** What each room may import: rooms of src, and packages. Node's own modules are free. */
const allowed: Record<string, { parts: string[]; packages: RegExp }> = {
  errors: { parts: [], packages: /^$/ },
  validation: { parts: ["errors"], packages: /^$/ },
  aws: {
    parts: ["errors", "validation"],
    packages: /^@aws-sdk\/(client-dynamodb|credential-providers)$/,
  },
  pointer: {
    parts: ["errors", "validation", "aws"],
    packages: /^@aws-sdk\/client-dynamodb$/,
  },
  readiness: { parts: base, packages: /^@aws-sdk\/client-dynamodb$/ },
  retention: { parts: base, packages: /^$/ },
  reader: {
    parts: base,
    packages: /^(@aws-sdk\/(client-dynamodb|lib-dynamodb)|@smithy\/\S+|@opentelemetry\/api)$/,
  },
  dynamic: {
    parts: [...base, "readiness", "retention"],
    packages: /^(@pulumi\/pulumi|@aws-sdk\/client-dynamodb)$/,
  },
  component: {
    parts: [...base, "readiness", "retention", "dynamic"],
    packages: /^(@pulumi\/(pulumi|aws)|@aws-sdk\/client-dynamodb)$/,
  },
  plugin: {
    parts: [...base, "dynamic", "component"],
    packages: /^(@pulumi\/pulumi(\/proto\/\w+)?|@grpc\/grpc-js)$/,
  },
  cli: {
    parts: [...base, "readiness", "retention"],
    packages: /^(@oclif\/\S+|@aws-sdk\/client-dynamodb)$/,
  },
};

interface Import {
  file: string;
  from: string;
  part: string;
}

function imports(): Import[] {
  return readdirSync(src, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"))
    .flatMap((name) => {
      const text = readFileSync(join(src, name), "utf8");
      const found = text.matchAll(
        /(?:\bfrom|\bimport\(|(?<![.\w])require\(|^import)\s*"([\w@./:-]+)"/gm,
      );
      return [...found].map(([, from]) => ({
        file: name,
        from: from as string,
        part: partOf(name),
      }));
    });
}

/** The folder of src, or the file for those in src itself. */
function partOf(path: string): string {
  return (path.split(sep)[0] as string).replace(/\.ts$/, "");
}

function target(file: string, from: string): string {
  return partOf(relative(src, join(src, file, "..", from)));
}

test("arrows between the parts point one way", () => {
  const wrong = imports().filter(({ file, from, part }) => {
    const rule = allowed[part];
    if (rule === undefined || from.startsWith("node:")) return false;
    if (!from.startsWith(".")) return !rule.packages.test(from);
    const to = target(file, from);
    return to !== part && !rule.parts.includes(to);
  });
  expect(wrong).toEqual([]);
});

test("handlers of the dynamic resources import no Pulumi", () => {
  const handlers = imports().filter(
    ({ file, from }) => /^dynamic.*(handler|host-entry|inputs)/.test(file) && /pulumi/.test(from),
  );
  expect(handlers).toEqual([]);
});

test("the rules see imports of every part they speak of", () => {
  const seen = new Set(imports().map(({ part }) => part));
  for (const part of Object.keys(allowed)) expect([...seen]).toContain(part);
});
