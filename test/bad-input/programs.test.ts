import { checkRetention } from "../../src/component/retention";
import { declaredVersions } from "../../src/component/versions";
import { isSwapError } from "../../src/errors";
import { createResolver } from "../../src/reader";
import { expectClear } from "./clear";

function lineOf(doing: () => unknown): string {
  try {
    doing();
  } catch (error) {
    if (!isSwapError(error)) throw error;
    return error.line;
  }
  throw new Error("it was taken");
}

test.each<[unknown, RegExp]>([
  [[], /^no versions given; declare at least one for alias "orders"/],
  [{}, /^no versions given; declare at least one for alias "orders"/],
  [null, /^no versions given; /],
  [7, /^versions 7 is not valid: it is no list and no map/],
  ["1,2", /^versions "1,2" is not valid: it is no list and no map/],
  [[0], /^version 0 is not valid: want 1 or greater/],
  [["4"], /^version "4" is not valid: it is text/],
  [[null], /^version null is not valid: it is null/],
  [[[1]], /^version \[1\] is not valid: it is object/],
  [[2 ** 53], /^version 9007199254740992 is not valid: want at most/],
  [[1, 1], /^versions 1 is not valid: it is declared twice/],
  [{ "04": {} }, /^version "04" is not valid/],
  [{ "1.0": {} }, /^version "1.0" is not valid/],
  [{ v4: {} }, /^version "v4" is not valid/],
  [{ "-1": {} }, /^version -1 is not valid: want 1 or greater/],
  [{ 4: "PROVISIONED" }, /^versions.4 "PROVISIONED" is not valid: it is no object of table/],
])("VersionedTable: versions %j is refused in one line", (versions, line) => {
  const told = lineOf(() => declaredVersions("orders", versions as never));
  expect(told).toMatch(line);
  expectClear(told);
});

test.each<[unknown, RegExp]>([
  [null, /^retention null is not valid: want an object/],
  ["24h", /^retention "24h" is not valid: want an object/],
  [24, /^retention 24 is not valid: want an object/],
  [["24h"], /^retention \(a list of 1\) is not valid: want an object/],
  [{ gracePeriod: "24h" }, /^retention "gracePeriod" is not valid: there is no such field/],
  [{ grace: 24 }, /^retention.grace 24 is not valid: it is number, want text/],
  [{ grace: "a day" }, /^retention.grace "a day" is not valid: want a number and one unit/],
  [{ grace: "10s" }, /^retention.grace "10s" is not valid: readers may use the version left/],
  [{ readersRefresh: 5 }, /^retention.readersRefresh 5 is not valid: it is number/],
  [{ readersRefresh: "2d" }, /^retention.grace "24h" is not valid: readers may use the version/],
  [{ keep: -1 }, /^retention.keep -1 is not valid: want a whole number/],
  [{ keep: 1.5 }, /^retention.keep 1.5 is not valid: want a whole number/],
  [{ keep: "all" }, /^retention.keep "all" is not valid: want a whole number/],
])("VersionedTable: retention %j is refused in one line", (retention, line) => {
  const told = lineOf(() => checkRetention(retention as never));
  expect(told).toMatch(line);
  expectClear(told);
});

const client = { send: () => new Promise(() => {}) };
const good = { alias: "orders", controlTable: "shop_swap", client };

test.each<[unknown, RegExp]>([
  [undefined, /^no resolver options given; /],
  [null, /^resolver options null is not valid: want an object/],
  [{ ...good, alias: "a/b" }, /^alias "a\/b" is not valid/],
  [{ ...good, controlTable: "" }, /^controlTable "" is not valid: want the name or ARN/],
  [{ ...good, controlTable: 7 }, /^controlTable 7 is not valid/],
  [{ ...good, client: undefined }, /^no client given; /],
  [{ ...good, client: {} }, /^client .* is not valid: want a DynamoDBClient/],
  [{ ...good, refresh: 5 }, /^resolver options "refresh" is not valid: there is no such field/],
  [{ ...good, refreshMs: 99 }, /^refreshMs 99 is not valid/],
  [{ ...good, refreshMs: "5s" }, /^refreshMs "5s" is not valid/],
  [{ ...good, maxStaleMs: 1 }, /^maxStaleMs 1 is not valid/],
  [{ ...good, readTimeoutMs: Number.NaN }, /^readTimeoutMs .* is not valid/],
  [{ ...good, jitter: 0.6 }, /^jitter 0.6 is not valid/],
  [{ ...good, onChange: "log" }, /^onChange "log" is not valid/],
])("createResolver: %j is refused in one line", (options, line) => {
  const told = lineOf(() => createResolver(options as never));
  expect(told).toMatch(line);
  expectClear(told);
});
