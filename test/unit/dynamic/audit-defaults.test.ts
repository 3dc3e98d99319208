import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MAX_AUDIT_TEXT_LENGTH } from "../../../src/pointer";
import { makeRepository } from "../../support/repository";

/** The module as a program in that folder loads it: it asks git once. */
function inFolder(folder: string): typeof import("../../../src/dynamic/audit-defaults") {
  process.chdir(folder);
  jest.resetModules();
  return require("../../../src/dynamic/audit-defaults");
}

const checkout = process.cwd();
afterEach(() => process.chdir(checkout));

test("in a repository the reason includes the commit, if it fits", () => {
  const { folder, commit, remove } = makeRepository();
  const { textWithCommit } = inFolder(folder);
  expect(textWithCommit(undefined)).toBe(`commit ${commit}`);
  expect(textWithCommit("backfilled")).toBe(`backfilled (commit ${commit})`);
  const long = "x".repeat(MAX_AUDIT_TEXT_LENGTH);
  expect(textWithCommit(long)).toBe(long);
  process.chdir(checkout);
  remove();
});

test("outside a repository the reason is unchanged", () => {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), "pulumi-swap-no-repository-"));
  const { textWithCommit } = inFolder(folder);
  expect(textWithCommit(undefined)).toBeUndefined();
  expect(textWithCommit("backfilled")).toBe("backfilled");
  process.chdir(checkout);
  rmSync(folder, { recursive: true });
});
