import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MIGRATION_STREAM, migrationOf } from "../../../src/component/migrate-from";
import { declaredVersions, type Versions } from "../../../src/component/versions";
import { isSwapError } from "../../../src/errors";

const folder = mkdtempSync(join(tmpdir(), "pulumi-swap-migration-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

function payloadOf(act: () => unknown): Record<string, unknown> {
  try {
    act();
  } catch (error) {
    if (isSwapError(error)) return { code: error.code, ...error.payload };
    throw error;
  }
  throw new Error("it was accepted");
}

test("source and target get a stream with both images, other versions don't", () => {
  const declared = declaredVersions("orders", { 2: {}, 3: {}, 4: { migrateFrom: { version: 3 } } });
  expect(declared.map(({ overrides }) => overrides)).toEqual([
    {},
    MIGRATION_STREAM,
    MIGRATION_STREAM,
  ]);
  expect(declared[2]?.migration).toEqual({ source: 3, segments: 64, concurrency: 8 });
});

test("what the writers do during a move is kept as declared, without a default", () => {
  const of = (writers: unknown) =>
    migrationOf(4, { version: 3, ...(writers !== undefined && { writers }) } as never).writers;
  expect([of("fenced"), of("stopped"), of(undefined)]).toEqual(["fenced", "stopped", undefined]);
  for (const writers of ["Fenced", true, 1, ["fenced"], {}])
    expect(payloadOf(() => of(writers))).toMatchObject({
      code: "swap.input-invalid",
      name: "versions.4.migrateFrom.writers",
    });
});

test.each<[string, Versions, Record<string, unknown>, string]>([
  ["a source that is not declared", { 4: { migrateFrom: { version: 3 } } }, {}, "3"],
  ["a source that is not smaller", { 4: { migrateFrom: { version: 4 } } }, {}, "4"],
  [
    "two migrations",
    { 2: {}, 3: { migrateFrom: { version: 2 } }, 4: { migrateFrom: { version: 2 } } },
    {},
    "2",
  ],
  [
    "a stream of the source with another view",
    { 3: { streamViewType: "KEYS_ONLY" }, 4: { migrateFrom: { version: 3 } } },
    {},
    '"KEYS_ONLY"',
  ],
  [
    "streams of all versions with another view",
    { 3: {}, 4: { migrateFrom: { version: 3 } } },
    { streamViewType: "NEW_IMAGE" },
    '"NEW_IMAGE"',
  ],
  [
    "a Region of the tables",
    { 3: {}, 4: { migrateFrom: { version: 3 } } },
    { region: "eu-west-1" },
    '"eu-west-1"',
  ],
  [
    "a customer's key of the source",
    {
      3: { serverSideEncryption: { enabled: true, kmsKeyArn: "arn:aws:kms:key" } },
      4: { migrateFrom: { version: 3 } },
    },
    {},
    '"arn:aws:kms:key"',
  ],
  [
    "a restore of the same version",
    { 3: {}, 4: { restoreFrom: 3, migrateFrom: { version: 3 } } },
    { pointInTimeRecovery: { enabled: true } },
    "3",
  ],
])("%s is refused", (_what, versions, table, value) => {
  expect(payloadOf(() => declaredVersions("orders", versions, table))).toMatchObject({
    code: "swap.input-invalid",
    value,
  });
});

const keyed = (hashKey: unknown, type = "S", more: object = {}) =>
  ({ hashKey, attributes: [{ name: hashKey, type }], ...more }) as object;

test.each<[string, Versions, object, unknown]>([
  ["equal keys", { 3: {}, 4: { migrateFrom: { version: 3 } } }, keyed("id"), "same"],
  [
    "another key",
    { 3: {}, 4: { ...keyed("customer"), migrateFrom: { version: 3 } } },
    keyed("id"),
    undefined,
  ],
  [
    "another type of the key",
    { 3: {}, 4: { ...keyed("id", "N"), migrateFrom: { version: 3 } } },
    keyed("id"),
    undefined,
  ],
  [
    "a key that is known only later",
    { 3: {}, 4: { migrateFrom: { version: 3 } } },
    keyed({ an: "output" }),
    undefined,
  ],
  [
    "a transform",
    {
      3: {},
      4: { migrateFrom: { version: 3, transform: file("t.mjs", "export default (a) => a") } },
    },
    keyed("id"),
    undefined,
  ],
  [
    "a transform and an inverse",
    {
      3: {},
      4: {
        migrateFrom: {
          version: 3,
          transform: file("t.mjs", "export default (a) => a"),
          inverse: file("i.ts", "export default (a: object) => a"),
          loss: "declared",
        },
      },
    },
    keyed("id"),
    { code: "export default (a        ) => a", hash: "ac490416d3950260" },
  ],
])("with %s items go back as expected", (_what, versions, table, inverse) => {
  const [, to] = declaredVersions("orders", versions, table);
  expect(to?.migration?.inverse).toEqual(inverse);
});

test("a table that is encrypted with the key of AWS is migrated", () => {
  const table = { serverSideEncryption: { enabled: true } };
  expect(
    declaredVersions("orders", { 3: {}, 4: { migrateFrom: { version: 3 } } }, table),
  ).toHaveLength(2);
});

test.each<[string, object, string]>([
  ["segments", { segments: 0 }, "0"],
  ["segments", { segments: 1001 }, "1001"],
  ["concurrency", { concurrency: 1.5 }, "1.5"],
  ["inverse", { inverse: "./not-there.mjs" }, '"./not-there.mjs"'],
  ["loss", { inverse: "./to-v3.mjs", loss: true }, "true"],
  ["loss", { loss: "declared" }, '"declared"'],
  ["reverse", { reverse: true }, "true"],
  ["transform", { transform: "./to-v4.js" }, '"./to-v4.js"'],
  ["transform", { transform: "./not-there.mjs" }, '"./not-there.mjs"'],
])("a wrong %s of %j is refused with its value", (field, more, value) => {
  const from = { version: 3, ...more };
  expect(payloadOf(() => migrationOf(4, from))).toMatchObject({
    code: "swap.input-invalid",
    name: `versions.4.migrateFrom.${field}`,
    value,
  });
});

test.each([
  ["imports.mjs", 'import { a } from "./other.mjs";\nexport default (item) => a(item);'],
  ["bare.mjs", 'import "./other.mjs";\nexport default (item) => item;'],
  ["joined.mjs", 'import{a}from"./other.mjs"\nexport default a'],
  ["lines.mjs", 'import a, {\n  b,\n} from "package";\nexport default a;'],
  ["exports.mjs", 'export { default } from "package";'],
  ["all.mjs", "export * as a from 'package';\nexport default (item) => item;"],
  ["enum.ts", "enum A { B }\nexport default (item: object): object => ({ ...item, a: A.B });"],
])("a transform that the archive can't hold is refused: %s", (name, text) => {
  const transform = file(name, text);
  expect(payloadOf(() => migrationOf(4, { version: 3, transform }))).toMatchObject({
    code: "swap.input-invalid",
    name: "versions.4.migrateFrom.transform",
  });
});

test.each([
  ["arrow.mjs", 'export default (item) => ({ ...item, status: { S: "new" } });'],
  ["const.mjs", "export const status = 'new'\nexport default (item) => item"],
  [
    "function.mjs",
    'export default function to(item) {\n  return { ...item, from: { S: "v3" } };\n}',
  ],
  ["node.mjs", 'import { hash } from "node:crypto"\nexport default (item, from = "a") => item'],
  [
    "list.mjs",
    'const a = 1;\nexport { a };\nexport default (item) => ({ ...item, a: { S: "a" } });',
  ],
  ["typed-import.ts", 'import type { A } from "./a";\nexport default (item: A): A => item;'],
])("a transform that imports nothing is accepted, whatever texts it has: %s", (name, text) => {
  const transform = file(name, text);
  expect(migrationOf(4, { version: 3, transform }).transform?.code).toContain("export default");
});

test("a transform is read, without its types, and its hash is that of the file", () => {
  const plain = "export default (item) => item;";
  const typed = 'import { hash } from "node:crypto";\nexport default (item: object) => item;';
  const mjs = migrationOf(4, { version: 3, transform: file("plain.mjs", plain) });
  expect(mjs.transform).toEqual({ code: plain, hash: expect.stringMatching(/^[0-9a-f]{16}$/) });
  const ts = migrationOf(4, { version: 3, transform: file("typed.ts", typed) });
  expect(ts.transform?.code.replace(/\s+/g, " ")).toBe(
    'import { hash } from "node:crypto"; export default (item ) => item;',
  );
  expect(ts.transform?.hash).not.toBe(mjs.transform?.hash);
});
