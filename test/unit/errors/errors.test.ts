import { inspect } from "node:util";
import {
  isSwapError,
  match,
  SwapError,
  type SwapErrorCode,
  type SwapErrorPayloads,
} from "../../../src/errors";
import { readError } from "../../../src/errors/read";
import { errorText } from "../../../src/errors/texts";
import { reasons } from "../../support/reasons";
import { thrownBy } from "../../support/refused";
import { lineStart, REFUSED } from "../../support/refused-inputs";

/** For each code its smallest payload, and payloads with the optional fields. */
const payloads: { [C in SwapErrorCode]: SwapErrorPayloads[C][] } = {
  "swap.no-active-version": [{ alias: "orders", controlTable: "swap" }],
  "swap.version-regressed": [
    { alias: "orders", requested: 4, active: 5 },
    { alias: "orders", requested: 5, active: 5, activatedAt: 0, by: "up" },
    { alias: "orders", requested: 4, active: 5, activatedAt: 1_700_000_000_000, by: "ci" },
    { alias: "orders", requested: 4, active: 5, activatedAt: Number.MAX_SAFE_INTEGER },
  ],
  "swap.version-barred": [
    { alias: "orders", requested: 5 },
    { alias: "orders", requested: 5, active: 4 },
  ],
  "swap.version-retired": [
    { alias: "orders", requested: 5 },
    { alias: "orders", requested: 5, active: 4 },
  ],
  "swap.expectation-failed": [
    { alias: "orders", requested: 6, expected: 5 },
    { alias: "orders", requested: 6, expected: 5, active: 4 },
  ],
  "swap.switch-in-progress": [{ alias: "orders", from: 4, to: 5, operation: "op-1" }],
  "swap.fence-removed": [{ alias: "orders", requested: 5, operation: "op-1" }],
  "swap.write-in-doubt": [{ alias: "orders", version: 4 }],
  "swap.outcome-unknown": [{ alias: "orders", requested: 5, operation: "op-1" }],
  "swap.malformed-row": [
    { alias: "orders", controlTable: "swap", attribute: "ver", found: "nothing" },
    { alias: "orders", controlTable: "swap", attribute: "names", found: '"orders" (S)' },
  ],
  "swap.version-out-of-range": [
    { value: "0", rule: "want 1 or greater", source: "input" },
    { value: "(none)", rule: "it is undefined, want a number", source: "input" },
    { value: "9007199254740993", rule: "it is beyond 2^53-1", source: "row", alias: "orders" },
    { value: "9007199254740993", rule: "it is beyond 2^53-1", source: "row" },
  ],
  "swap.alias-invalid": [{ alias: "a/b", rule: '"/" is not allowed' }],
  "swap.control-table-missing": [
    { controlTable: "swap" },
    { controlTable: "swap", region: "eu-west-1" },
    { controlTable: "swap", region: "eu-west-1", endpoint: "http://127.0.0.1:8000" },
  ],
  "swap.location-mismatch": [
    {
      controlTable: "swap",
      found: "arn:aws:dynamodb:eu-west-1:123456789012:table/swap",
      declared: "arn:aws:dynamodb:us-east-1:123456789012:table/orders_v5",
      differs: "another Region",
      fix: 'write connection: { region: "us-east-1" }',
    },
  ],
  "swap.not-ready": [
    {
      alias: "orders",
      version: 5,
      table: "orders_v5",
      gate: "coverage",
      reason: "it is empty",
      fix: "backfill it",
    },
  ],
  "swap.version-in-use": [
    { alias: "orders", version: 5, table: "orders_v5", reason: "it is active" },
    { alias: "orders", version: 5, table: "orders_v5", reason: "it was", until: 1_700_000_000_000 },
    { alias: "orders", version: 5, table: "orders_v5", reason: "it was", until: 2 ** 53 },
  ],
  "swap.access-denied": [
    { action: "GetItem", resource: "swap", reason: "no", fix: "allow dynamodb:GetItem" },
  ],
  "swap.unreachable": [{ endpoint: "http://127.0.0.1:1", action: "GetItem", reason: "refused" }],
  "swap.reader-stopped": [{ alias: "orders", controlTable: "swap" }],
  "swap.stale": [
    {
      alias: "orders",
      controlTable: "swap",
      version: 5,
      stalenessMs: 60_001,
      maxStaleMs: 60_000,
      reason: "no answer",
      fix: "check the network",
    },
  ],
  "swap.version-gone": [{ alias: "orders", version: 5, table: "orders_v5", action: "Query" }],
  "swap.input-invalid": [
    { name: "region", value: '""', rule: "it is empty", fix: "name one" },
    { name: "region", value: "(none)", rule: "it is missing", fix: "name one" },
  ],
  "swap.service-error": [
    { action: "GetItem", resource: "swap", reason: "odd" },
    { action: "GetItem", resource: "swap", reason: "odd", requestId: "R1" },
  ],
};

const cases = (Object.keys(payloads) as SwapErrorCode[]).flatMap((code) =>
  (payloads[code] as SwapErrorPayloads[SwapErrorCode][]).map((payload) => ({ code, payload })),
);

test.each(cases)("$code says on one line what is wrong and how to fix it: $payload", (each) => {
  const { code, payload } = each;
  const error = new SwapError(code, payload as never);
  expect(error.line).toBe(`${error.message}; ${error.hint}`);
  expect(error.line).not.toMatch(/\n|undefined|null|NaN|\[object|Invalid Date/);
  expect(error.message).not.toBe("");
  expect(error.hint).not.toMatch(/^$|\.$/);
});

test("every message with its hint", () => {
  const lines = cases.map(({ code, payload }) => [
    code,
    new SwapError(code, payload as never).line,
  ]);
  expect(lines.map(([code, line]) => `${code}: ${line}`).join("\n")).toMatchSnapshot();
});

/** The code of an input's refusal; two inputs have their own. */
const codeOf = (name: string): SwapErrorCode =>
  name === "alias"
    ? "swap.alias-invalid"
    : name === "version"
      ? "swap.version-out-of-range"
      : "swap.input-invalid";

test("every refused input, by the rule it breaks and the fix", () => {
  const inputs = new Map<string, string[]>();
  for (const [rows, call] of Object.values(REFUSED))
    for (const [given, name, value] of rows) {
      const { line } = thrownBy(() => call(given as never), codeOf(name));
      const start = lineStart(name, value);
      expect(line.slice(0, start.length)).toBe(start);
      const rest = line.slice(start.length).replace(/^; /, "(no rule); ");
      inputs.set(rest, [...(inputs.get(rest) ?? []), `  ${start.replace(/ is not valid: $/, "")}`]);
    }
  const groups = [...inputs].sort().map(([rest, starts]) => [rest, ...new Set(starts)].join("\n"));
  expect(groups.join("\n")).toMatchSnapshot();
});

test("every reason that a row, a table or an answer gives", async () => {
  expect((await reasons()).join("\n")).toMatchSnapshot();
});

test.each(cases)("$code names every value that a reader needs: $payload", ({ code, payload }) => {
  const { line } = new SwapError(code, payload as never);
  // A row that is identified by its table's name, or a version by its own table's, needs no more.
  const untold: Partial<Record<SwapErrorCode, string[]>> = {
    "swap.version-barred": ["active"],
    "swap.version-retired": ["active"],
    "swap.version-in-use": ["alias", "version"],
    "swap.version-out-of-range": ["source"],
    "swap.not-ready": ["table"],
  };
  for (const [name, value] of Object.entries(payload)) {
    if ("value" in payload && payload.value === "(none)" && /^(value|rule)$/.test(name)) continue;
    if (untold[code]?.includes(name) || /^(activatedAt|until)$/.test(name)) continue;
    expect(line).toContain(String(value));
  }
});

test("times are shown in UTC, a seed as one, and an impossible date as its number", () => {
  const told = payloads["swap.version-regressed"].map(
    (payload) => new SwapError("swap.version-regressed", payload).message,
  );
  expect(told.map((message) => /\((.*)\)/.exec(message)?.[1])).toEqual([
    "set at an unknown time by another writer",
    "set by a seed by up",
    "set at 2023-11-14T22:13:20.000Z by ci",
    "set at 9007199254740991 by another writer",
  ]);
});

test("line breaks in what AWS said do not break the line", () => {
  const reason = "first\n   second\r\n third";
  const payload = { action: "GetItem", resource: "swap", reason };
  const { line } = new SwapError("swap.service-error", payload);
  expect(line).toContain("failed: first second third; see");
});

test.each(cases)("$code as JSON has code, message, hint and its payload's fields", (each) => {
  const { code, payload } = each;
  const error = new SwapError(code, payload as never, { cause: new Error("secret") });
  const { message, hint } = errorText(code, payload as never);
  const printed = JSON.stringify(error);
  expect(JSON.parse(printed)).toEqual({ ...payload, code, message, hint });
  expect(printed).not.toContain("secret");
});

test("no payload field takes the place of code, message or hint", () => {
  const payload = { alias: "a", controlTable: "t", code: "x", message: "x", hint: "x" };
  expect(new SwapError("swap.no-active-version", payload).toJSON()).toMatchObject({
    code: "swap.no-active-version",
    message: expect.stringContaining('alias "a"'),
    hint: expect.stringContaining("check"),
  });
});

test("an error that readers share with writers is the same as one made by the class", () => {
  const payload = { alias: "a", controlTable: "t" };
  const made = new SwapError("swap.reader-stopped", payload);
  const shared = readError("swap.reader-stopped", payload);
  expect(shared).toBeInstanceOf(SwapError);
  expect(new Error("other")).not.toBeInstanceOf(SwapError);
  expect([shared.name, shared.line, shared.toJSON()]).toEqual([
    made.name,
    made.line,
    made.toJSON(),
  ]);
  expect(shared.stack?.split("\n")[0]).toBe(`SwapError: ${made.message}`);
  expect(shared.stack?.split("\n")[1]).toContain("errors.test");
  expect(inspect(shared).split("\n")[0]).toBe(inspect(made).split("\n")[0]);
});

describe("match", () => {
  const make = () => new SwapError("swap.no-active-version", { alias: "a", controlTable: "t" });

  test("it narrows to one code, and its payload with it", () => {
    const error: unknown = make();
    if (!match(error, "swap.no-active-version")) throw new Error("no match");
    const { controlTable }: { controlTable: string } = error.payload;
    expect(controlTable).toBe("t");
    expect(match(error, "swap.unreachable")).toBe(false);
  });

  test("it knows an error of another copy of the package", () => {
    let other: typeof SwapError | undefined;
    jest.isolateModules(() => {
      other = (require("../../../src/errors") as { SwapError: typeof SwapError }).SwapError;
    });
    if (!other) throw new Error("not loaded");
    expect(other).not.toBe(SwapError);
    const error = new other("swap.no-active-version", { alias: "a", controlTable: "t" });
    expect(Object.getPrototypeOf(error)).not.toBe(SwapError.prototype);
    expect(error).toBeInstanceOf(SwapError);
    expect(isSwapError(error)).toBe(true);
    expect(match(error, "swap.no-active-version")).toBe(true);
  });

  test("a subclass knows its own errors alone", () => {
    class Special extends SwapError<"swap.no-active-version"> {}
    const payload = { alias: "a", controlTable: "t" };
    expect(new Special("swap.no-active-version", payload)).toBeInstanceOf(Special);
    expect(new Special("swap.no-active-version", payload)).toBeInstanceOf(SwapError);
    expect(make()).not.toBeInstanceOf(Special);
  });

  test.each([undefined, null, "swap.no-active-version", 7, new Error("x"), make().toJSON()])(
    "%p is no SwapError",
    (thing) => {
      expect(isSwapError(thing)).toBe(false);
      expect(match(thing, "swap.no-active-version")).toBe(false);
    },
  );

  test("it is an Error with a name, a stack and its cause", () => {
    const cause = new TypeError("below");
    const payload = { alias: "a", controlTable: "t" };
    const error = new SwapError("swap.no-active-version", payload, { cause });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: "SwapError", code: "swap.no-active-version", payload });
    expect(error.cause).toBe(cause);
    expect(error.stack).toContain("errors.test.ts");
    expect("cause" in make()).toBe(false);
  });
});
