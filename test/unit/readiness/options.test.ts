import { isSwapError } from "../../../src/errors";
import { checkReadiness, createGates } from "../../../src/readiness";

const canary = { key: { pk: "a" } };
const known = "there is no such field; use one of";

test.each([
  undefined,
  null,
  {},
  { table: false },
  { table: null, canaries: null, coverage: null, minItems: null, waitFor: undefined },
  { canaries: Array(100).fill(canary) },
  { canaries: [{ key: { pk: "a", sk: 0 }, attributes: { a: "", b: -1.5, c: false, d: null } }] },
  { canaries: [{ key: { pk: "a" }, attributes: null }] },
  { coverage: {} },
  { coverage: { samples: 1, ratio: 1, maxReadUnits: 1 } },
  { coverage: { samples: 10_000, ratio: 0.000001, maxReadUnits: 2 ** 53 - 1 } },
  { minItems: { count: 1 } },
  { minItems: { count: 2 ** 53 - 1, maxReadUnits: null } },
  { waitFor: "90s" },
])("%j is accepted", (options) => {
  expect(() => checkReadiness(options)).not.toThrow();
});

const samples = "want a whole number, 1 to 10000; pass a number such as 1000";
const ratio = "want a number above 0, up to 1; leave it out to require all sampled items";
const positive = "want a whole number, 1 or greater; pass a number such as 1000";
const object = "want an object; pass an object with any of";
const keyRule = "a key value is text that is not empty, or a number; correct it, or leave it out";
const names = "each with a name, got";
const nameThem = "name DynamoDB attributes and their values";
const attribute =
  "an attribute is compared with text, a number, true, false or null; correct it, or leave it out";

test.each<[unknown, string]>([
  [
    { table: () => true },
    "readiness.table (a function) is not valid: want true or false; leave it out for true",
  ],
  [
    true,
    `readiness true is not valid: ${object} table, canaries, minItems, coverage, waitFor, or leave it out`,
  ],
  [
    [],
    `readiness (a list of 0) is not valid: ${object} table, canaries, minItems, coverage, waitFor, or leave it out`,
  ],
  [
    "coverage",
    `readiness "coverage" is not valid: ${object} table, canaries, minItems, coverage, waitFor, or leave it out`,
  ],
  [
    { covrage: {} },
    `readiness "covrage" is not valid: ${known} table, canaries, minItems, coverage, waitFor`,
  ],
  [
    JSON.parse('{"__proto__": 1}'),
    `readiness "__proto__" is not valid: ${known} table, canaries, minItems, coverage, waitFor`,
  ],
  [
    { coverage: { sample: 3 } },
    `readiness.coverage "sample" is not valid: ${known} samples, ratio, maxReadUnits`,
  ],
  [{ table: "no" }, 'readiness.table "no" is not valid: want true or false; leave it out for true'],
  [{ table: 0 }, "readiness.table 0 is not valid: want true or false; leave it out for true"],
  [{ canaries: canary }, "readiness.canaries (an object) is not valid: want a list; put it in [ ]"],
  [
    { canaries: [] },
    "readiness.canaries (a list of 0) is not valid: want 1 to 100 entries, got 0; leave it out to do without, or choose the most telling ones",
  ],
  [
    { canaries: Array(101).fill(canary) },
    "readiness.canaries (a list of 101) is not valid: want 1 to 100 entries, got 101; leave it out to do without, or choose the most telling ones",
  ],
  [
    { canaries: [null] },
    `readiness.canaries[0] null is not valid: ${object} key, attributes, or leave it out`,
  ],
  [
    { canaries: [canary, {}] },
    "no readiness.canaries[1].key given; give readiness.canaries[1] its key",
  ],
  [
    { canaries: [{ key: {} }] },
    `readiness.canaries[0].key (an object) is not valid: want 1 to 2 attributes, ${names} 0; ${nameThem}`,
  ],
  [
    { canaries: [{ key: { a: 1, b: 2, c: 3 } }] },
    `readiness.canaries[0].key (an object) is not valid: want 1 to 2 attributes, ${names} 3; ${nameThem}`,
  ],
  [
    { canaries: [{ key: { "": 1 } }] },
    `readiness.canaries[0].key (an object) is not valid: want 1 to 2 attributes, ${names} 1; ${nameThem}`,
  ],
  [{ canaries: [{ key: { pk: "" } }] }, `readiness.canaries[0].key.pk "" is not valid: ${keyRule}`],
  [
    { canaries: [{ key: { pk: true } }] },
    `readiness.canaries[0].key.pk true is not valid: ${keyRule}`,
  ],
  [
    { canaries: [{ key: { pk: Number.NaN } }] },
    `readiness.canaries[0].key.pk NaN is not valid: ${keyRule}`,
  ],
  [
    { canaries: [{ ...canary, attributes: {} }] },
    `readiness.canaries[0].attributes (an object) is not valid: want 1 to 100 attributes, ${names} 0; ${nameThem}`,
  ],
  [
    { canaries: [{ ...canary, attributes: { tags: ["a"] } }] },
    `readiness.canaries[0].attributes.tags (a list of 1) is not valid: ${attribute}`,
  ],
  [
    { canaries: [{ ...canary, attributes: { size: Number.POSITIVE_INFINITY } }] },
    `readiness.canaries[0].attributes.size Infinity is not valid: ${attribute}`,
  ],
  [
    { canaries: [{ ...canary, attributes: { size: undefined } }] },
    "no readiness.canaries[0].attributes.size given; correct it, or leave it out",
  ],
  [
    { coverage: true },
    `readiness.coverage true is not valid: ${object} samples, ratio, maxReadUnits, or leave it out`,
  ],
  [{ coverage: { samples: 0 } }, `readiness.coverage.samples 0 is not valid: ${samples}`],
  [{ coverage: { samples: 10_001 } }, `readiness.coverage.samples 10001 is not valid: ${samples}`],
  [{ coverage: { samples: 1.5 } }, `readiness.coverage.samples 1.5 is not valid: ${samples}`],
  [{ coverage: { samples: "100" } }, `readiness.coverage.samples "100" is not valid: ${samples}`],
  [{ coverage: { ratio: 0 } }, `readiness.coverage.ratio 0 is not valid: ${ratio}`],
  [{ coverage: { ratio: 1.01 } }, `readiness.coverage.ratio 1.01 is not valid: ${ratio}`],
  [{ coverage: { ratio: Number.NaN } }, `readiness.coverage.ratio NaN is not valid: ${ratio}`],
  [{ coverage: { ratio: "95%" } }, `readiness.coverage.ratio "95%" is not valid: ${ratio}`],
  [
    { coverage: { maxReadUnits: 0 } },
    `readiness.coverage.maxReadUnits 0 is not valid: ${positive}`,
  ],
  [{ minItems: {} }, "no readiness.minItems.count given; give readiness.minItems its count"],
  [
    { minItems: 5 },
    `readiness.minItems 5 is not valid: ${object} count, maxReadUnits, or leave it out`,
  ],
  [{ minItems: { count: 0 } }, `readiness.minItems.count 0 is not valid: ${positive}`],
  [{ minItems: { count: -1 } }, `readiness.minItems.count -1 is not valid: ${positive}`],
  [
    { minItems: { count: 2 ** 53 } },
    `readiness.minItems.count 9007199254740992 is not valid: ${positive}`,
  ],
  [
    { minItems: { count: 1, maxReadUnits: "many\nof\nthem" } },
    `readiness.minItems.maxReadUnits "many\\nof\\nthem" is not valid: ${positive}`,
  ],
  [
    { waitFor: "soon" },
    'readiness.waitFor "soon" is not valid: want a number and one unit of ms, s, m, h, d; write it such as "90s", "10m" or "24h"',
  ],
  [
    { waitFor: 90 },
    'readiness.waitFor 90 is not valid: it is number, want text; write it such as "90s", "10m" or "24h"',
  ],
])("%j is refused on one line", (options, line) => {
  for (const act of [() => checkReadiness(options), () => createGates(options as never)]) {
    try {
      act();
    } catch (error) {
      if (!isSwapError(error)) throw error;
      expect(error.code).toBe("swap.input-invalid");
      expect(error.line).toBe(line);
      continue;
    }
    throw new Error("nothing was thrown");
  }
});

test.each<[Parameters<typeof createGates>[0], string[], number]>([
  [undefined, ["table"], 0],
  [null, ["table"], 0],
  [{ table: false }, [], 0],
  [{ table: true, waitFor: "2h" }, ["table"], 7_200_000],
  [
    { coverage: {}, minItems: { count: 1 }, canaries: [canary], waitFor: "90s" },
    ["table", "canaries", "minItems", "coverage"],
    90_000,
  ],
])("%j asks its gates, cheapest first", (options, names, waitForMs) => {
  const found = createGates(options);
  expect(found.gates.map(({ name }) => name)).toEqual(names);
  expect(found.waitForMs).toBe(waitForMs);
});

test("what may be in a record is listed, and a long name of an option is cut after 40 characters", () => {
  const lineOf = (options: object) => {
    try {
      return String(checkReadiness(options as never));
    } catch (error) {
      return (error as { line: string }).line;
    }
  };
  expect(lineOf({ canaries: [{ key: 5 }] })).toBe(
    "readiness.canaries[0].key 5 is not valid: want an object; pass an object with its attributes by name, or leave it out",
  );
  expect(lineOf({ ["x".repeat(40)]: 1 })).toMatch(/^readiness "x{40}" is not valid/);
  expect(lineOf({ ["x".repeat(41)]: 1 })).toMatch(/^readiness "x{40}…" is not valid/);
});
