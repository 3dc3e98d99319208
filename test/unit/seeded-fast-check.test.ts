import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { scripts } from "../../package.json";

const SEED = 20_261_126;
const root = join(__dirname, "..");

/** Variables by which a test with properties makes more runs. */
const counted = readdirSync(root, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .map((file) => readFileSync(join(root, file), "utf8"))
  .filter((text) => text.includes('from "fast-check"'))
  .flatMap((text) => [...text.matchAll(/process\.env\.(\w+_(?:RUNS|HISTORIES))\b/g)])
  .map(([, name = ""]) => name);

function seedWith(env: Record<string, string>): number | undefined {
  const before = process.env;
  let seed: number | undefined;
  try {
    process.env = env;
    jest.isolateModules(() => {
      require("../../node_modules/fast-check/lib/cjs/fast-check.js").resetConfigureGlobal();
      seed = require("../support/seeded-fast-check.cjs").readConfigureGlobal().seed;
    });
  } finally {
    process.env = before;
  }
  return seed;
}

test("properties draw the same values each time, and others only if asked", () => {
  expect(seedWith({})).toBe(SEED);
  expect(seedWith({ PROPERTY_SEED: "fresh" })).toBeUndefined();
  expect(seedWith({ PROPERTY_SEED: "-7" })).toBe(-7);
  expect(() => seedWith({ PROPERTY_SEED: "frsh" })).toThrow(/"frsh"/);
});

test.each([...new Set([...counted, "FAULT_HISTORIES"])])(
  "more runs by %s draw others, or those of the seed that a failure named, and the soak makes them",
  (name) => {
    expect(seedWith({ [name]: "9" })).toBeUndefined();
    expect(seedWith({ [name]: "9", PROPERTY_SEED: "7" })).toBe(7);
    expect(scripts.soak).toContain(`${name}=\${${name}:-`);
  },
);
