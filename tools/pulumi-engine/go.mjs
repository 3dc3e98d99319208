import { join } from "node:path";
import { EngineError } from "./errors.mjs";
import { run } from "./run.mjs";
import {
  CLI_MODULE_DIR,
  compareVersions,
  MINIMUM_VERSION,
  pinnedVersions,
  plainVersion,
} from "./versions.mjs";

/**
 * Go's environment for a build in `folder`, which holds everything that Go downloads and compiles: some
 * 3.6 GB that nothing needs afterwards. The rest overrides what a user's environment may hold: a go.work
 * above the checkout, another target platform, or a C compiler that a machine may lack.
 */
export function goEnvironment(folder) {
  return {
    CGO_ENABLED: "0",
    GO111MODULE: "on",
    GOWORK: "off",
    GOOS: "",
    GOARCH: "",
    GOMODCACHE: join(folder, "go-mod"),
    GOCACHE: join(folder, "go-build"),
    GOTMPDIR: folder,
    // Go makes its module cache read-only by default, and then it can't be removed.
    GOFLAGS: "-modcacherw",
  };
}

/** The Go version that will build the engine. Asked inside the module, where Go may switch its toolchain. */
export async function requireGo(env) {
  const needed = pinnedVersions().go;
  const answer = await run("go", ["version"], {
    cwd: CLI_MODULE_DIR,
    env,
    timeoutMs: 120_000,
  });
  const version = plainVersion(/go(\d[\d.]*)/.exec(answer.stdout.replace(/^go version /, ""))?.[1]);
  if (answer.ok && version && compareVersions(version, needed) >= 0) return version;
  const found = version
    ? `found Go ${version}`
    : /ENOENT/.test(answer.tail.join())
      ? "found no Go"
      : answer.tail.join(" ");
  throw new EngineError(
    `building Pulumi needs Go ${needed} or newer (${found}): install Go from https://go.dev/dl, ` +
      `or put a Pulumi CLI of ${MINIMUM_VERSION} or newer on PATH (https://www.pulumi.com/docs/install)`,
  );
}
