import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const CLI_MODULE_DIR = fileURLToPath(new URL("cli/", import.meta.url));
export const HOSTS_MODULE_DIR = fileURLToPath(new URL("hosts/", import.meta.url));

/**
 * The folder of a module with what a build from modules leaves out, by import path. Go skips folders whose
 * name begins with an underscore.
 */
export const LEFT_OUT = "_left-out";

/** Numbers of "v3.259.0", "3.259.0-dev.1+abc" or of a line that holds one; undefined when there is none. */
export function parseVersion(text) {
  const match = /(?:^|[^\d.])v?(\d+)\.(\d+)(?:\.(\d+))?/.exec(String(text));
  return match ? [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)] : undefined;
}

/** Negative, zero or positive, as for sort(). A text without a version is older than everything. */
export function compareVersions(a, b) {
  const left = parseVersion(a) ?? [-1, 0, 0];
  const right = parseVersion(b) ?? [-1, 0, 0];
  for (let i = 0; i < 3; i++) if (left[i] !== right[i]) return left[i] - right[i];
  return 0;
}

export function plainVersion(text) {
  return parseVersion(text)?.join(".");
}

function goMod(dir) {
  return readFileSync(`${dir}go.mod`, "utf8");
}

function required(dir, module) {
  const escaped = module.replaceAll(".", "\\.");
  const match = new RegExp(`^(?:require)?\\s*${escaped} (v\\S+)`, "m").exec(goMod(dir));
  if (!match) throw new Error(`${dir}go.mod does not require ${module}`);
  return plainVersion(match[1]);
}

/** Only go.mod holds a version: `go get` raises it, and the release follows. */
export function pinnedVersions() {
  const goLines = [CLI_MODULE_DIR, HOSTS_MODULE_DIR].map((dir) => /^go (\S+)/m.exec(goMod(dir))[1]);
  return {
    cli: required(CLI_MODULE_DIR, "github.com/pulumi/pulumi/pkg/v3"),
    yaml: required(CLI_MODULE_DIR, "github.com/pulumi/pulumi-yaml"),
    hosts: required(HOSTS_MODULE_DIR, "github.com/pulumi/pulumi/sdk/v3"),
    go: goLines.sort(compareVersions).at(-1),
  };
}

/** The oldest CLI taken from PATH: the one that the tests run, so that no untested one is supported. */
export const MINIMUM_VERSION = pinnedVersions().cli;
