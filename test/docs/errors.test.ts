import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { isSwapError, SwapError, type SwapErrorCode } from "../../src/errors";
import { assertAlias, assertVersion, fromAws } from "../../src/pointer";
import { minItems } from "../../src/readiness";
import { parseDuration } from "../../src/validation/duration";
import { blocksOf, textOf } from "./blocks";
import { errorCodes, shapesOf } from "./error-lines";

const page = textOf("docs/recover.md");

const errors = page.split(/^## /m).find((part) => part.startsWith("Errors")) ?? "";

/** The sections of the page's part on errors, by the code that heads them. */
const sections = new Map(
  errors
    .split(/^### /m)
    .slice(1)
    .map((text) => [/^`([^`]+)`/.exec(text)?.[1] ?? "", text] as const),
);

/** The line that a section shows. */
function lineOf(code: string): string {
  const shown = blocksOf("docs/recover.md", sections.get(code) ?? "");
  return shown.find(({ language }) => language === "text")?.text ?? "";
}

/** Codes of only the command line, which have no text in the library. */
const OF_THE_CLI = ["swap.unexpected", "swap.wait-timed-out"];

test("the part on errors has a section for each code, in the alphabet's order, and for nothing else", () => {
  const codes = [...errorCodes(), ...OF_THE_CLI].sort();
  expect(codes.length).toBeGreaterThan(10);
  expect([...sections.keys()]).toEqual(codes);
});

test.each(errorCodes())("the section of %s shows its line, cause and fix", (code) => {
  const section = sections.get(code) ?? "";
  const line = lineOf(code);
  expect(shapesOf(code).some((shapes) => shapes.line.test(line))).toBe(true);
  expect(section).toMatch(/\*\*Why\.\*\* .+/);
  expect(section).toMatch(/\*\*Fix\.\*\* .+/);
});

function thrown(run: () => void): string {
  try {
    run();
  } catch (error) {
    if (isSwapError(error)) return error.line;
  }
  throw new Error("nothing was refused");
}

const client = {
  config: {},
  send: async () => ({ Count: 812, ConsumedCapacity: { CapacityUnits: 4 } }),
} as unknown as DynamoDBClient;

/** Lines whose rule or reason is no text of the error itself. */
const MADE: [SwapErrorCode, () => string | Promise<string>][] = [
  ["swap.alias-invalid", () => thrown(() => assertAlias("a/b"))],
  ["swap.version-out-of-range", () => thrown(() => assertVersion(1.5))],
  ["swap.input-invalid", () => thrown(() => parseDuration("1 day", "retention.grace"))],
  [
    "swap.access-denied",
    async () => {
      const message =
        "User: arn:aws:iam::123456789012:user/ana is not authorized to perform: dynamodb:GetItem";
      const refusal = Object.assign(new Error(message), { name: "AccessDeniedException" });
      return (await fromAws(refusal, { client, action: "GetItem", table: "shop_swap" })).line;
    },
  ],
  [
    "swap.not-ready",
    async () => {
      const [alias, version, table] = ["orders", 2, "orders_v2"];
      const gate = minItems({ count: 10_000 });
      const verdict = await gate.check({ client, alias, version, table });
      if (verdict.ready) throw new Error("the gate passed");
      const { reason, fix } = verdict;
      const payload = { alias, version, table, gate: gate.name, reason, fix };
      return new SwapError("swap.not-ready", payload).line;
    },
  ],
];

test.each(MADE)("the line of %s is the one that the code prints", async (code, make) => {
  expect(lineOf(code)).toBe(await make());
});

test("the table of errors names each code of the library", () => {
  const named = [...page.matchAll(/^\| `(swap\.[a-z-]+)` \|/gm)].map(([, c]) => c);
  expect([...named].sort()).toEqual([...errorCodes()].sort());
});
