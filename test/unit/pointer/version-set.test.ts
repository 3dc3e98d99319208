import fc from "fast-check";
import {
  isMember,
  MAX_EXCEPTIONS,
  shortened,
  type VersionSet,
  withoutVersion,
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

test("a version that is taken out is no member, and no other version is freed", () => {
  fc.assert(
    fc.property(sets, version, (set, taken) => {
      const rest = withoutVersion(set, taken);
      expect(isMember(rest, taken)).toBe(false);
      for (const each of everyVersion)
        if (each !== taken && isMember(set, each)) expect(isMember(rest, each)).toBe(true);
      expect(rest.floor?.except.length ?? 0).toBeLessThanOrEqual(MAX_EXCEPTIONS);
    }),
  );
});
