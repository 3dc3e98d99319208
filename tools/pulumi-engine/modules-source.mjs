import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fillCache, MANIFEST_FILE } from "./cache.mjs";
import { EngineError } from "./errors.mjs";
import { languagesIn } from "./find.mjs";
import { goEnvironment, requireGo } from "./go.mjs";
import { cliVersion } from "./path-source.mjs";
import { run } from "./run.mjs";
import { heartbeat, say } from "./say.mjs";
import { CLI_MODULE_DIR, HOSTS_MODULE_DIR, LEFT_OUT, pinnedVersions } from "./versions.mjs";

const SDK = "github.com/pulumi/pulumi/sdk/v3";

/** As the official release is built: without them gRPC's tracing keeps the linker from dropping dead code. */
const TAGS = "-tags=osusergo,grpcnotrace";

const BUILD_FLAGS = [
  "-mod=vendor",
  "-trimpath",
  "-buildvcs=false",
  TAGS,
  // The linker would drop it again.
  "-gcflags=all=-dwarf=false",
];

/** Replaces all Go files of a package; a file of another name replaces the file of its name. */
const WHOLE_PACKAGE = "package.go";

export async function fromModules(reason) {
  const { cli, yaml, hosts } = pinnedVersions();
  return fillCache("modules", async (temp, work) => {
    const bin = join(temp, "bin");
    const env = goEnvironment(work);
    const go = await requireGo(env);
    say(
      `building Pulumi ${cli} from its Go modules with Go ${go}, because ${reason} (once; 8 minutes of processor time)`,
    );
    await buildModule({
      what: `Pulumi ${cli} and its YAML host ${yaml}`,
      from: CLI_MODULE_DIR,
      dir: join(work, "cli"),
      programs: ["tool", "./gen-sdk"],
      versions: {
        [`${SDK}/go/common/version`]: cli,
        "github.com/pulumi/pulumi-yaml/pkg/version": yaml,
      },
      bin,
      env,
    });
    // Kept off PATH: it is our command, not Pulumi's.
    const suffix = process.platform === "win32" ? ".exe" : "";
    renameSync(join(bin, `gen-sdk${suffix}`), join(temp, `gen-sdk${suffix}`));
    await buildModule({
      what: `the Node.js and Python hosts ${hosts}`,
      from: HOSTS_MODULE_DIR,
      dir: join(work, "hosts"),
      programs: ["tool"],
      versions: { [`${SDK}/go/common/version`]: hosts },
      bin,
      env,
    });
    await copyScripts(bin, env);
    const version = await cliVersion(bin);
    if (version !== cli)
      throw new EngineError(`the CLI just built says it is ${version ?? "nothing"}, not ${cli}`);
    writeFileSync(
      join(temp, MANIFEST_FILE),
      JSON.stringify({ version, languages: languagesIn(bin) }),
    );
  });
}

/**
 * Builds a copy of the module, in which the dependencies are vendored: what the engine does without is left
 * out of them. "tool" among the programs means the tools that go.mod names, so that their list is written once.
 */
async function buildModule({ what, from, dir, programs, versions, bin, env }) {
  cpSync(from, dir, { recursive: true });
  await vendor(what, dir, env);
  leaveOut(join(dir, LEFT_OUT), join(dir, "vendor"));
  const total = await countPackages(what, dir, programs, env);
  let compiled = 0;
  const stop = heartbeat(() => `compiled ${compiled} of at most ${total} packages of ${what}`);
  const set = Object.entries(versions).map(
    ([module, version]) => `-X ${module}.Version=v${version}`,
  );
  const args = [
    "build",
    "-v",
    ...BUILD_FLAGS,
    `-ldflags=-s -w ${set.join(" ")}`,
    "-o",
    `${bin}/`,
    ...programs,
  ];
  const onLine = (line) => (compiled += /^[\w.-]+(\/\S+)*$/.test(line) ? 1 : 0);
  const result = await run("go", args, { cwd: dir, env, onLine });
  const took = stop();
  if (!result.ok) throw new EngineError(`go build of ${what} failed:\n${indent(result.tail)}`);
  say(`compiled ${what} in ${took}`);
}

/** Fetched before compiling, so that a network that fails is distinguished from code that does not compile. */
async function vendor(what, dir, env) {
  let fetched = 0;
  const stop = heartbeat(() => `fetched ${fetched} modules of ${what}`);
  const result = await run("go", ["mod", "vendor"], {
    cwd: dir,
    env,
    onLine: (line) => (fetched += line.startsWith("go: downloading") ? 1 : 0),
  });
  const took = stop();
  if (!result.ok)
    throw new EngineError(
      `the Go modules of ${what} could not be fetched:\n${indent(result.tail)}`,
    );
  if (fetched) say(`fetched ${fetched} modules in ${took}`);
}

/** Puts the files of `from` in the place of those of the same packages. */
function leaveOut(from, vendored) {
  if (!existsSync(from)) return;
  const files = readdirSync(from, { recursive: true }).filter((path) => path.endsWith(".go"));
  for (const path of files) {
    const target = join(vendored, path);
    const whole = path.endsWith(WHOLE_PACKAGE);
    if (!existsSync(whole ? dirname(target) : target))
      throw new EngineError(`${LEFT_OUT}/${path} replaces nothing: Pulumi no longer has it`);
    if (whole)
      for (const name of readdirSync(dirname(target)))
        if (name.endsWith(".go")) rmSync(join(dirname(target), name));
    copyFileSync(join(from, path), target);
  }
}

async function countPackages(what, dir, programs, env) {
  const args = ["list", "-mod=vendor", TAGS, "-deps", ...programs];
  const result = await run("go", args, { cwd: dir, env });
  if (!result.ok)
    throw new EngineError(`the packages of ${what} do not resolve:\n${indent(result.tail)}`);
  return result.stdout.split("\n").length - 1;
}

/**
 * The launchers that an official release ships with its hosts. The Python host does not start without its
 * own; the others run dynamic providers and policy packs.
 */
async function copyScripts(bin, env) {
  const found = await run("go", ["list", "-mod=readonly", "-m", "-f", "{{.Dir}}", SDK], {
    cwd: HOSTS_MODULE_DIR,
    env,
  });
  const sdk = found.stdout.trim();
  const sources = [
    ...scriptsIn(join(sdk, "nodejs", "dist")),
    ...scriptsIn(join(sdk, "python", "dist")),
    join(sdk, "python", "cmd", "pulumi-language-python-exec"),
  ];
  for (const source of sources) {
    if (!found.ok || !existsSync(source)) throw new EngineError(`${SDK} lacks ${source}`);
    const target = join(bin, source.slice(source.lastIndexOf("/") + 1));
    copyFileSync(source, target);
    chmodSync(target, 0o755);
  }
}

function scriptsIn(dir) {
  if (!existsSync(dir)) return [];
  const wanted = (name) => name.endsWith(".cmd") === (process.platform === "win32");
  return readdirSync(dir)
    .filter(wanted)
    .map((name) => join(dir, name));
}

function indent(lines) {
  return lines.map((line) => `  ${line}`).join("\n");
}
