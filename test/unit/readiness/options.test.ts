import { checkReadiness, createGates } from "../../../src/readiness";
import { thrownBy } from "../../support/refused";
import { READINESS } from "../../support/refused-inputs";

const canary = { key: { pk: "a" } };

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

test.each(READINESS)("%j is refused", (options, name, value) => {
  for (const act of [() => checkReadiness(options), () => createGates(options as never)])
    expect(thrownBy(act, "swap.input-invalid").payload).toMatchObject({ name, value });
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
