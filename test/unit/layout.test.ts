import { files, imports, roomOf, rootEntries, textOf } from "./sources";

test("the root of src holds only index.ts and folders", () => {
  const others = rootEntries().filter(({ name, folder }) => !folder && name !== "index.ts");
  expect(others).toEqual([]);
});

test("a room is imported through an index", () => {
  const past = imports.filter(
    ({ file, target }) =>
      target !== undefined && roomOf(target) !== roomOf(file) && !/(^|\/)index\.ts$/.test(target),
  );
  expect(past).toEqual([]);
});

test("no files import each other in a circle", () => {
  expect(circles(imports.flatMap(({ file, target }) => (target ? [[file, target]] : [])))).toEqual(
    [],
  );
});

test("a circle is found", () => {
  const edges = [
    ["a", "b"],
    ["b", "c"],
    ["c", "a"],
    ["d", "a"],
  ];
  expect(circles(edges)).toEqual([["a", "b", "c"]]);
});

/**
 * Classes that the plugin's TypeScript entry offers under the names of the dynamic ones, so that a
 * program changes one import.
 */
const PLUGIN_NAMES = new Set([
  "ActiveVersion",
  "ControlTable",
  "PointerSeed",
  "RetentionPlan",
  "VersionGuard",
  "VersionedTable",
]);

/** A constant such as a limit: each file may have its own. */
const CONSTANT = /^[A-Z][A-Z\d_]+$/;

test("each name at the top of a file has one declaration, an exported one or not", () => {
  const places = new Map<string, string[]>();
  for (const file of files) {
    const declared = textOf(file).matchAll(
      /^(?:export )?(?:declare )?(?:abstract )?(?:async )?(?:interface|type|class|function\*?|const|enum) (\w+)/gm,
    );
    for (const [, name = ""] of declared) {
      if (CONSTANT.test(name)) continue;
      if (PLUGIN_NAMES.has(name) && roomOf(file) === "plugin") continue;
      places.set(name, [...(places.get(name) ?? []), file]);
    }
  }
  expect(places.size).toBeGreaterThan(100);
  expect([...places].filter(([, declared]) => declared.length > 1)).toEqual([]);
});

/** Groups of files that reach each other, each sorted: Tarjan's strongly connected components. */
function circles(edges: readonly (readonly string[])[]): string[][] {
  const next = new Map<string, string[]>();
  for (const [from = "", to = ""] of edges) next.set(from, [...(next.get(from) ?? []), to]);
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const found: string[][] = [];
  const visit = (node: string): void => {
    order.set(node, order.size);
    lowest.set(node, order.get(node) as number);
    open.push(node);
    for (const to of next.get(node) ?? []) {
      if (!order.has(to)) visit(to);
      else if (!open.includes(to)) continue;
      lowest.set(node, Math.min(lowest.get(node) as number, lowest.get(to) as number));
    }
    if (lowest.get(node) !== order.get(node)) return;
    const group = open.splice(open.indexOf(node));
    if (group.length > 1) found.push(group.sort());
  };
  for (const node of next.keys()) if (!order.has(node)) visit(node);
  return found;
}
