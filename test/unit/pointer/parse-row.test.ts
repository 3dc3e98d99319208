import fc from "fast-check";
import { isSwapError } from "../../../src/errors";
import { type PointerRow, parseRow, type RawRow } from "../../../src/pointer";
import { thrownBy } from "../../support/refused";

const parse = (raw: RawRow) => parseRow("swap", "orders", raw);

/** The row, or the code it is refused with. */
function outcome(raw: RawRow): PointerRow | string {
  try {
    return parse(raw);
  } catch (error) {
    if (!isSwapError(error)) throw error;
    return error.code;
  }
}

/** 38 digits are DynamoDB's precision. */
const whole = fc.bigInt({ min: -(10n ** 38n), max: 10n ** 38n });
const nearTheBound = fc.bigInt({ min: 2n ** 53n - 50n, max: 2n ** 53n + 50n });
const anyWhole = fc.oneof(whole, nearTheBound, fc.maxSafeInteger().map(BigInt));
const safe = (number: bigint) =>
  number >= BigInt(Number.MIN_SAFE_INTEGER) && number <= BigInt(Number.MAX_SAFE_INTEGER);

test("a version is read as the number stored, or refused: it is never rounded", () => {
  fc.assert(
    fc.property(anyWhole, (ver) => {
      const read = outcome({ ver: { N: String(ver) } });
      if (typeof read === "string") {
        expect(read).toBe("swap.version-out-of-range");
        expect(safe(ver)).toBe(false);
      } else expect(BigInt(read.version)).toBe(ver);
    }),
  );
});

test("a fraction is not a version, even a small one", () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), fc.stringMatching(/^\d{0,20}[1-9]$/), (number, digits) => {
      expect(outcome({ ver: { N: `${number}.${digits}` } })).toBe("swap.malformed-row");
    }),
  );
});

test.each<[string, RawRow]>([
  ["no version", { kind: { S: "set" }, at: { N: "1" } }],
  ["no kind", { ver: { N: "3" }, at: { N: "1" } }],
])("an entry of the history with %s is left out", (_what, M) => {
  const last = { M: { ver: { N: "4" }, kind: { S: "set" } } };
  expect(parse({ ver: { N: "4" }, hist: { L: [{ M }, last] } }).history).toEqual([
    { version: 4, kind: "set" },
  ]);
});

test("an entry of a kind that a later release writes stays, since its version was live", () => {
  const hist = { L: [{ M: { ver: { N: "3" }, kind: { S: "leap" } } }] };
  expect(parse({ ver: { N: "4" }, hist }).history).toEqual([{ version: 3, kind: "leap" }]);
});

test("bars are in ascending order, without what no version can be", () => {
  const NS = ["7", "9007199254740993", "1.5", "3"];
  expect(parse({ ver: { N: "4" }, barred: { NS } }).barred).toEqual([3, 7]);
});

test("the value of a malformed row is shown up to 80 characters", () => {
  const foundOf = (length: number) =>
    thrownBy(() => parse({ ver: { S: "x".repeat(length) } }), "swap.malformed-row").payload.found;
  // The quotes count.
  expect(foundOf(78)).toBe(`"${"x".repeat(78)}" (S)`);
  expect(foundOf(79)).toBe(`"${"x".repeat(79)}… (S)`);
});

test("times, the history and the bars are the numbers stored, or left out", () => {
  const number = fc.oneof(
    anyWhole.map(String),
    fc.tuple(fc.maxSafeInteger(), fc.nat()).map(([digits, rest]) => `${digits}.${rest}1`),
  );
  fc.assert(
    fc.property(number, (N) => {
      const row = parse({
        ver: { N: "4" },
        at: { N },
        prev: { N },
        barred: { NS: [N] },
        hist: { L: [{ M: { ver: { N }, at: { N }, kind: { S: "set" } } }] },
      });
      const numbers = [
        row.activatedAt,
        row.previous,
        ...row.barred,
        ...row.history.flatMap((entry) => [entry.version, entry.at]),
      ];
      for (const read of numbers) if (read !== undefined) expect(String(BigInt(read))).toBe(N);
    }),
  );
});

test("any row is read, or refused with a line that names the alias", () => {
  const value = fc.oneof(
    fc.string().map((S) => ({ S })),
    fc.stringMatching(/^-?\d{1,20}(\.\d)?$/).map((N) => ({ N })),
    fc.constant({ NULL: true as const }),
    fc.boolean().map((BOOL) => ({ BOOL })),
    fc.array(fc.string()).map((SS) => ({ SS })),
    fc.array(fc.stringMatching(/^\d{1,20}$/)).map((NS) => ({ NS })),
    fc.array(fc.record({ S: fc.string() })).map((L) => ({ L })),
    fc
      .dictionary(fc.string(), fc.record({ N: fc.stringMatching(/^\d{1,4}$/) }))
      .map((M) => ({ M })),
  );
  const names = ["ver", "at", "op", "by", "why", "prev", "hist", "barred"] as const;
  const attribute = fc.constantFrom(...names);
  fc.assert(
    fc.property(fc.dictionary(attribute, value), (raw) => {
      try {
        expect(parse(raw as RawRow).alias).toBe("orders");
      } catch (error) {
        if (!isSwapError(error)) throw error;
        expect(error.line).toContain('"orders"');
        expect(error.line).not.toMatch(/\n|undefined/);
      }
    }),
    { numRuns: 500 },
  );
});

test("bars are sorted as numbers, in any order from DynamoDB", () => {
  expect(parse({ ver: { N: "4" }, barred: { NS: ["10", "9", "-1"] } }).barred).toEqual([-1, 9, 10]);
});

describe("who set the version", () => {
  const entry = (ver: string, at: string, op: string) => ({
    M: { ver: { N: ver }, at: { N: at }, op: { S: op }, kind: { S: "set" } },
  });
  const ours: RawRow = {
    ver: { N: "4" },
    at: { N: "2" },
    op: { S: "b" },
    by: { S: "ci" },
    why: { S: "w" },
    prev: { N: "3" },
    hist: { L: [entry("3", "1", "a"), entry("4", "2", "b")] },
  };

  test("the newest entry describes the row: ours", () => {
    expect(parse(ours)).toMatchObject({
      foreign: false,
      operation: "b",
      by: "ci",
      why: "w",
      previous: 3,
    });
  });

  test.each<[string, RawRow]>([
    ["another version", { ...ours, ver: { N: "5" } }],
    ["another time", { ...ours, at: { N: "3" } }],
    ["no history", { ...ours, hist: { L: [] } }],
  ])("%s: foreign, and our audit text is not attributed to it", (_case, raw) => {
    const row = parse(raw);
    expect(row.foreign).toBe(true);
    for (const field of ["operation", "by", "why"]) expect(row).not.toHaveProperty(field);
  });

  test("an unrecorded advance before our update is inserted in its place, without a time", () => {
    expect(parse({ ...ours, prev: { N: "2" } }).history).toMatchObject([
      { version: 3, kind: "set" },
      { version: 2, kind: "foreign" },
      { version: 4, kind: "set" },
    ]);
    const first = parse({ ...ours, hist: { L: [entry("4", "2", "b")] } });
    expect(first.history).toMatchObject([{ version: 3, kind: "foreign" }, { version: 4 }]);
  });

  test("prev of an operation that is not the newest entry's adds no history entry", () => {
    expect(parse({ ...ours, prev: { N: "2" }, op: { S: "z" } }).history).toHaveLength(2);
  });

  test.each(["op", "prev"] as const)(
    "a row that has lost its %s has the history it holds",
    (lost) => {
      const row: RawRow = { ...ours, hist: { L: [entry("4", "2", "b")] } };
      delete row[lost];
      expect(parse(row).history).toMatchObject([{ version: 4, kind: "set" }]);
    },
  );
});
