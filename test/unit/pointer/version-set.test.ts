import fc from "fast-check";
import {
  isMember,
  MAX_EXCEPTIONS,
  shortened,
  type VersionSet,
  withoutVersions,
} from "../../../src/pointer/version-set";

const version = fc.integer({ min: 1, max: 60 });
const ascending = (versions: number[]) => [...new Set(versions)].sort((a, b) => a - b);
const versions = fc.array(version, { maxLength: 40 }).map(ascending);
const sets: fc.Arbitrary<VersionSet> = fc.record({
  listed: versions,
  floor: fc.option(
    fc.record({ below: version, except: versions.map((all) => all.slice(0, MAX_EXCEPTIONS)) }),
    { nil: undefined },
  ),
});
const everyVersion = Array.from({ length: 60 }, (_, index) => index + 1);

test("a shortened set has every member that it had, and lists no more than it may", () => {
  fc.assert(
    fc.property(sets, fc.integer({ min: 1, max: 12 }), fc.array(version), (set, keep, used) => {
      const short = shortened(set, keep, used);
      for (const each of everyVersion)
        if (isMember(set, each)) expect(isMember(short, each)).toBe(true);
      expect(short.listed.length).toBeLessThanOrEqual(keep);
      expect(short.floor?.except.length ?? 0).toBeLessThanOrEqual(MAX_EXCEPTIONS);
    }),
  );
});

test("the versions that were live last stay free of a set's new floor", () => {
  fc.assert(
    fc.property(sets, fc.array(version), (set, used) => {
      const short = shortened(set, 4, used);
      const free = [...new Set(used)].filter((each) => !isMember(set, each));
      for (const each of free.slice(0, MAX_EXCEPTIONS)) expect(isMember(short, each)).toBe(false);
    }),
  );
});

test("versions that are taken out are no members, and no other version is freed", () => {
  const some = fc.array(version, { maxLength: MAX_EXCEPTIONS }).map(ascending);
  fc.assert(
    fc.property(sets, some, fc.array(version), (set, taken, used) => {
      const rest = withoutVersions(set, taken, used);
      for (const each of taken) expect(isMember(rest, each)).toBe(false);
      for (const each of everyVersion)
        if (!taken.includes(each) && isMember(set, each)) expect(isMember(rest, each)).toBe(true);
      expect(rest.floor?.except.length ?? 0).toBeLessThanOrEqual(MAX_EXCEPTIONS);
    }),
  );
});

test("a full list of exceptions gives up the ones that were live longest ago, or never", () => {
  const except = Array.from({ length: MAX_EXCEPTIONS }, (_, index) => 10 + index);
  const set = { listed: [], floor: { below: 50, except } };
  const used = [10, 12, 11];
  const rest = withoutVersions(set, [40, 41], used);
  expect(rest.floor?.except).toEqual([10, 11, 12, 15, 16, 17, 18, 19, 20, 21, 40, 41]);
});

test("more versions than there may be exceptions can't be taken out at once", () => {
  const set = { listed: [], floor: { below: 50, except: [] } };
  const versions = Array.from({ length: MAX_EXCEPTIONS + 1 }, (_, index) => index + 1);
  expect(() => withoutVersions(set, versions, [])).toThrow(
    expect.objectContaining({ code: "swap.input-invalid" }),
  );
});
