import { execFileSync } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A git repository in a new folder, with one commit. */
export function makeRepository(): { folder: string; commit: string; remove(): void } {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), "pulumi-swap-repository-"));
  const git = (...args: string[]): string =>
    execFileSync("git", ["-c", "user.name=test", "-c", "user.email=test@example.com", ...args], {
      cwd: folder,
      encoding: "utf8",
    }).trim();
  git("init", "--quiet");
  git("commit", "--quiet", "--allow-empty", "--no-gpg-sign", "--message", "first");
  return {
    folder,
    commit: git("rev-parse", "--short=12", "HEAD"),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
