import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/** The packages that a source file loads, itself and through the files it imports. */
function packagesOf(file: string, seen = new Set<string>()): Set<string> {
  const packages = new Set<string>();
  if (seen.has(file)) return packages;
  seen.add(file);
  const source = readFileSync(file, "utf8").replace(/^(import|export) type .*;$/gm, "");
  const loads = /(?:^(?:import|export|\}).* from|^import|\brequire\()\s*"([^"]+)"/gm;
  for (const [, from] of source.matchAll(loads)) {
    if (from === undefined || from.startsWith("node:")) continue;
    if (!from.startsWith(".")) packages.add(from);
    else for (const each of packagesOf(fileOf(join(dirname(file), from)), seen)) packages.add(each);
  }
  return packages;
}

const fileOf = (path: string) => (existsSync(`${path}.ts`) ? `${path}.ts` : join(path, "index.ts"));

const source = (path: string) => resolve(__dirname, "../../../src/reader", path);

test("the reader loads the DynamoDB client and nothing else", () => {
  expect([...packagesOf(source("index.ts"))]).toEqual(["@aws-sdk/client-dynamodb"]);
});

test("only the adapter loads OpenTelemetry", () => {
  expect([...packagesOf(source("otel.ts"))]).toEqual(["@opentelemetry/api"]);
});
