import { imports, roomOf, rootEntries } from "./sources";

/** What every room above the pointer may import. */
const base = ["errors", "validation", "aws", "pointer"];

/** What each room may import: rooms of src, and packages. Node's own modules are free. */
const allowed: Record<string, { rooms: string[]; packages: RegExp }> = {
  errors: { rooms: [], packages: /^$/ },
  validation: { rooms: ["errors"], packages: /^$/ },
  aws: {
    rooms: ["errors", "validation"],
    packages: /^@aws-sdk\/(client-dynamodb|client-dynamodb-streams|credential-providers)$/,
  },
  pointer: {
    rooms: ["errors", "validation", "aws"],
    packages: /^@aws-sdk\/client-dynamodb$/,
  },
  items: { rooms: [], packages: /^@aws-sdk\/client-dynamodb$/ },
  migration: {
    rooms: [...base, "items"],
    packages: /^@aws-sdk\/client-(dynamodb|lambda|sfn)$/,
  },
  readiness: { rooms: [...base, "items", "migration"], packages: /^@aws-sdk\/client-dynamodb$/ },
  retention: { rooms: base, packages: /^$/ },
  reader: {
    rooms: base,
    packages: /^(@aws-sdk\/(client-dynamodb|lib-dynamodb)|@smithy\/\S+|@opentelemetry\/api)$/,
  },
  dynamic: {
    rooms: [...base, "migration", "readiness", "retention"],
    packages:
      /^(@pulumi\/pulumi(\/(log|metadata|output|runtime|version))?|@aws-sdk\/client-dynamodb)$/,
  },
  component: {
    rooms: [...base, "migration", "readiness", "retention", "dynamic"],
    packages: /^(@pulumi\/(pulumi|aws)|@aws-sdk\/client-dynamodb)$/,
  },
  plugin: {
    rooms: [...base, "dynamic", "component"],
    packages: /^(@pulumi\/pulumi(\/proto\/\w+|\/version)?|@grpc\/grpc-js)$/,
  },
  cli: {
    rooms: [...base, "items", "migration", "readiness", "retention"],
    packages: /^(@oclif\/\S+|@aws-sdk\/client-dynamodb|uplot)$/,
  },
};

test("each folder of src has a rule", () => {
  const folders = rootEntries().flatMap(({ name, folder }) => (folder ? [name] : []));
  expect(folders.sort()).toEqual(Object.keys(allowed).sort());
});

test("arrows between the rooms point one way", () => {
  const wrong = imports.filter(({ file, from, target }) => {
    const room = roomOf(file);
    const rule = allowed[room];
    if (rule === undefined || from.startsWith("node:")) return false;
    if (target === undefined) return !rule.packages.test(from);
    const to = roomOf(target);
    return to !== room && !rule.rooms.includes(to);
  });
  expect(wrong).toEqual([]);
});

test("handlers of the dynamic resources import no Pulumi", () => {
  const handlers = imports.filter(
    ({ file, from }) => /^dynamic.*(handler|host-entry|inputs)/.test(file) && /pulumi/.test(from),
  );
  expect(handlers).toEqual([]);
});
