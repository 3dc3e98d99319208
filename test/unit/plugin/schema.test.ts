import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

const root = resolve(__dirname, "../../..");
const read = (file: string) => JSON.parse(readFileSync(resolve(root, file), "utf8"));
const schema = read("schema.json");
const { ActiveVersion, VersionedTable, VersionGuard } = Object.fromEntries(
  Object.entries<Described>(schema.resources).map(([token, each]) => [token.split(":")[2], each]),
) as Record<string, Described>;

interface Described {
  description: string;
  inputProperties: Record<string, Record<string, unknown>>;
  properties: Record<string, Record<string, unknown>>;
  requiredInputs: string[];
  required: string[];
}

test("schema.json matches the sources", () => {
  const check = spawnSync(process.execPath, ["tools/schema/index.mjs", "--check"], {
    cwd: root,
    encoding: "utf8",
  });
  expect(check.stderr).toBe("");
  expect(check.status).toBe(0);
});

test("the schema has the package's version", () => {
  expect(schema.version).toBe(read("package.json").version);
});

test("what must be known while the program runs is plain, and the rest is not", () => {
  const plain = Object.entries(VersionedTable?.inputProperties ?? {})
    .filter(([, { plain }]) => plain)
    .map(([name]) => name);
  expect(plain).toEqual(["alias", "forceDestroy", "retention", "table", "tags", "versions"]);
  const { versions, table } = VersionedTable?.inputProperties ?? {};
  expect(versions?.oneOf).toMatchObject([
    { type: "array", items: { type: "integer", plain: true } },
    { type: "object", additionalProperties: { $ref: "#/types/swap:index:Version", plain: true } },
  ]);
  expect(table?.$ref).toBe("#/types/swap:index:VersionTable");
  expect(schema.types["swap:index:VersionTable"].properties.tags).not.toHaveProperty("plain");
});

test("a control table is a name, a reference, or a resource, and may be an output", () => {
  expect(VersionedTable?.inputProperties.controlTable).toMatchObject({
    oneOf: [
      { type: "string" },
      { $ref: "#/resources/swap:index:ControlTable" },
      { $ref: "#/types/swap:index:ExistingControlTable" },
    ],
  });
  expect(VersionedTable?.inputProperties.controlTable).not.toHaveProperty("plain");
});

test("no union has a default, of which Pulumi makes Go that does not compile", () => {
  const all = Object.values<Described>({ ...schema.types, ...schema.resources });
  const properties = all.flatMap((each) =>
    Object.entries({ ...each.properties, ...each.inputProperties }),
  );
  const unions = properties.filter(([, property]) => "oneOf" in property);
  expect(unions.map(([name]) => name)).toContain("migration");
  expect(unions.filter(([, union]) => "default" in union)).toEqual([]);
});

test("defaults, enums, required inputs and what replaces are in it", () => {
  expect(VersionGuard?.inputProperties.grace).toMatchObject({ type: "string", default: "24h" });
  expect(VersionGuard?.properties.grace).not.toHaveProperty("default");
  expect(ActiveVersion?.inputProperties.onDelete).toMatchObject({
    $ref: "#/types/swap:index:OnDelete",
    default: "keep",
  });
  expect(schema.types["swap:index:OnDelete"].enum).toEqual([
    { value: "keep" },
    { value: "release" },
  ]);
  expect(ActiveVersion?.requiredInputs).toEqual(["alias", "controlTable", "version"]);
  expect(ActiveVersion?.required).toEqual(["alias", "controlTable", "table", "version"]);
  expect(ActiveVersion?.inputProperties.alias).toHaveProperty("willReplaceOnChanges", true);
});

test("versions are whole numbers; ratios and moments are not bound to 32 bits", () => {
  expect(ActiveVersion?.inputProperties.version).toHaveProperty("type", "integer");
  expect(ActiveVersion?.properties.activatedAt).toHaveProperty("type", "number");
  expect(schema.types["swap:index:Coverage"].properties.ratio).toHaveProperty("type", "number");
});

test("every resource, argument and field of ours is described", () => {
  const undescribed = Object.entries<Described>(schema.resources).flatMap(([token, each]) => [
    ...(each.description ? [] : [token]),
    ...Object.entries({ ...each.inputProperties, ...each.properties })
      .filter(([, { description }]) => !description)
      .map(([name]) => `${token} ${name}`),
  ]);
  expect(undescribed).toEqual([]);
});
