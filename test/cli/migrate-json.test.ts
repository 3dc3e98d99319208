import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BatchWriteItemCommand, DeleteItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { textOf } from "../docs/blocks";
import { type Database, goRow, startDatabase } from "./database";
import { live } from "./live";
import { jsonOf, swap } from "./swap";

let db: Database;
beforeAll(async () => {
  db = await startDatabase();
});
afterAll(() => db.stop());

/** Maps two source keys to one, and fails for one item. */
const TRANSFORM = join(mkdtempSync(join(tmpdir(), "swap-json-")), "to-v2.mjs");
writeFileSync(
  TRANSFORM,
  `export default ({ pk, n }) => {
  if (n.N === "1") throw new Error("no room");
  return { pk: pk.S === "a3" ? { S: "a2" } : pk, n };
};`,
);

/** An alias with eight items in version 1, which is active, and an empty version 2. */
async function newAlias(alias: string): Promise<string> {
  await db.put(goRow(alias, 1));
  for (const version of [1, 2]) await db.createTable(`${alias}_v${version}`);
  const items = Array.from({ length: 8 }, (_, index) => ({
    PutRequest: { Item: { pk: { S: `a${index}` }, n: { N: String(index) } } },
  }));
  await db.client.send(new BatchWriteItemCommand({ RequestItems: { [`${alias}_v1`]: items } }));
  return alias;
}

/** The part of docs/cli.md about a command. */
function sectionOf(command: string): string {
  const section = textOf("docs/cli.md").split(/^### /m);
  const found = section.find((each) => each.startsWith(`${command}\n`));
  if (found === undefined) throw new Error(`docs/cli.md has no section "${command}"`);
  return found;
}

/**
 * The fields that docs/cli.md lists for a command's last object, and those of the objects in it by field. Every
 * name in code style is a field, but for the event's own; `{a, b}` lists the fields of what is named before.
 */
function documented(command: string) {
  const said = /^JSON.*?the event `(\w+)` and (.*?)\.\s/ms.exec(
    sectionOf(command).replace(
      /^JSON, one object on each line\. The last has/m,
      "JSON: the last has",
    ),
  );
  if (said === null) throw new Error(`docs/cli.md lists no JSON of "${command}"`);
  const [, event = "", list = ""] = said;
  const fields = ["event"];
  const nested: Record<string, string[]> = {};
  for (const [, code = ""] of list.matchAll(/`([^`]+)`/g)) {
    const [, name, inner] = /^(\w*)(?:: )?\[?(?:\{(.*)\})?\]?$/.exec(code) ?? [];
    if (name) fields.push(name);
    if (inner) nested[fields.at(-1) as string] = inner.split(", ").sort();
  }
  return { event, fields: fields.sort(), nested };
}

const fieldsOf = (value: unknown) => Object.keys(value as object).sort();

/** What `--json` printed, with the fields of the objects in each list, or in the lists of each map. */
function printed(stdout: string) {
  const json = JSON.parse(stdout.trim().split("\n").at(-1) as string) as Record<string, unknown>;
  const nested: Record<string, string[]> = {};
  for (const [field, value] of Object.entries(json)) {
    const lists = Array.isArray(value) ? value : Object.values(Object(value)).filter(Array.isArray);
    const objects = lists.flat().filter((each) => typeof each === "object");
    if (objects.length > 0) nested[field] = [...new Set(objects.flatMap(fieldsOf))].sort();
  }
  return { event: json.event, fields: fieldsOf(json), nested };
}

test("a copy, a verification and a repair print the fields that docs/cli.md lists, and no other", async () => {
  const alias = await newAlias("fields");
  const versions = ["--from", "1", "--to", "2", "--transform", TRANSFORM, "--json"];
  const copied = await swap(["migrate", "copy", alias, ...versions], db.env);
  expect(printed(copied.stdout)).toEqual(documented("migrate copy"));

  const target = { TableName: `${alias}_v2` };
  await db.client.send(new DeleteItemCommand({ ...target, Key: { pk: { S: "a5" } } }));
  await db.client.send(new PutItemCommand({ ...target, Item: { pk: { S: "b" } } }));
  const verify = ["verify", alias, "1", "2", "--transform", TRANSFORM, "--json"];
  const verified = await swap(verify, db.env);
  expect(printed(verified.stdout)).toEqual(documented("verify"));
  const { counts, samples } = JSON.parse(verified.stdout);
  expect(fieldsOf(samples)).toEqual(fieldsOf(counts));
  const reasoned = Object.keys(samples).filter((kind) => samples[kind][0]?.reason !== undefined);
  expect(reasoned.sort()).toEqual(["collision", "failed"]);

  const repaired = await swap(["migrate", "repair", alias, ...versions], db.env);
  expect(printed(repaired.stdout)).toEqual(documented("migrate repair"));
});

test("progress, an interruption and a failure are the objects that docs/cli.md lists", async () => {
  const table = sectionOf("migrate copy").matchAll(/^\| `\{(.*?)\}` \|/gm);
  const objects = [...table].map(([, inner = ""]) =>
    inner.split(", ").map((field) => field.replace(/: .*/, "")),
  );
  const [progress = [], interrupted = [], failed = []] = objects.map((fields) => fields.sort());
  expect(objects).toHaveLength(3);

  const alias = await newAlias("events");
  const versions = ["--from", "1", "--to", "2", "--json"];
  const missing = await swap(["migrate", "copy", "nowhere", ...versions], db.env);
  expect(fieldsOf(jsonOf(missing))).toEqual(failed);

  const items = Array.from({ length: 150 }, (_, index) => ({
    PutRequest: { Item: { pk: { S: `more${index}` }, n: { N: "9" } } },
  }));
  for (let start = 0; start < items.length; start += 25)
    await db.client.send(
      new BatchWriteItemCommand({
        RequestItems: { [`${alias}_v1`]: items.slice(start, start + 25) },
      }),
    );
  const slow = ["--rate", "8", "--concurrency", "1"];
  const running = live(["migrate", "copy", alias, ...versions, ...slow], db.env);
  const line = await running.line((each) => each.includes('"progress"'));
  expect(fieldsOf(JSON.parse(line))).toEqual(progress);
  running.interrupt();
  const { stdout } = await running.end;
  const last = JSON.parse(stdout.trim().split("\n").at(-1) as string);
  expect(last).toMatchObject({ event: "interrupted" });
  expect(fieldsOf(last)).toEqual(interrupted);
});
